/** A team's SQL files, which fill the database of the replica before their service starts. */
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { GamedayError, reasonOf } from '../../errors.ts';
import type { Ms } from '../../units.ts';

/** As the service's own role, in one transaction. */
export const runSql = async (
  file: string,
  { operatorUrl, role, within }: { readonly operatorUrl: string; readonly role: string; readonly within: Ms },
): Promise<void> => {
  const client = new pg.Client({
    connectionString: operatorUrl,
    options: `-c role=${role} -c statement_timeout=${within}`,
  });
  try {
    const text = await readFile(file, 'utf8');
    await client.connect();
    await client.query(text);
  } catch (cause) {
    const { position } = cause as { position?: string };
    const at = position === undefined ? {} : { at: await placeIn(file, Number(position)) };
    const message = `${file} cannot be run: ${reasonOf(cause)}`;
    const hint = 'what psql can and a server cannot (\\connect, COPY … FROM stdin) is for { command: psql … }';
    throw new GamedayError('DOCUMENT_INVALID', { message, ...at, hint }, { cause });
  } finally {
    await client.end().catch(() => {});
  }
};

const placeIn = async (file: string, position: number) => {
  const before = (await readFile(file, 'utf8')).slice(0, position - 1).split('\n');
  return { file, line: before.length, column: (before.at(-1) ?? '').length + 1 };
};
