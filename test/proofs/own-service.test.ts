/**
 * Somebody else's service: PostGraphile, a GraphQL server for any PostgreSQL database, from npm, as it is. It has no metrics,
 * so what its users meet is all that the alerts are written on.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, onTestFinished, test, type TestContext } from 'vitest';
import { verify } from '../../src/cli/library.ts';
import { gameday, leftBy, proven, runsOf, untilNothing, type Report } from '../gameday.fixture.ts';

const foreign = 'postgraphile@4.14.1';

let apps: string;
let whyNot: string | undefined;
beforeAll(async () => {
  apps = mkdtempSync(join(tmpdir(), 'gd-foreign-'));
  const args = ['install', '--prefix', apps, '--no-audit', '--no-fund', '--ignore-scripts', foreign];
  await promisify(execFile)('npm', args, { cwd: apps, timeout: 180_000 }).catch(
    (error: Error & { stderr?: string }) => {
      whyNot = `npm does not install ${foreign} here: ${(error.stderr ?? error.message).slice(0, 300)}`;
    },
  );
}, 200_000);
afterAll(() => rmSync(apps, { recursive: true, force: true }));

const skipWithout = ({ skip }: TestContext): void => {
  if (whyNot !== undefined) skip(whyNot);
};

const answers = (): readonly string[] => [
  ...['--command', `${join(apps, 'node_modules/.bin/postgraphile')} -c $DATABASE_URL --port $PORT`],
  ...['--setup', 'schema.sql', '--route', 'POST /graphql {"query":"{ allNotes { totalCount } }"}'],
];

/** What the service's database has in it, and nothing else. */
const projectFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-own-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(
    join(folder, 'schema.sql'),
    "create table notes (id serial primary key, text text);\ninsert into notes (text) select 'n' || i from generate_series(1, 100) i;\n",
  );
  return folder;
};

const initialised = async (): Promise<string> => {
  const folder = projectFolder();
  expect(await gameday(folder, 'init', '--no-verify', ...answers()).exited).toBe(0);
  return folder;
};

/** Processes of a team's commands: they carry the folder of the run in their environment and nowhere else. */
const servicesOf = (runId: string): readonly string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return new RegExp(`GAMEDAY_FOLDER=[^\0]*${runId}`).test(readFileSync(`/proc/${pid}/environ`, 'utf8'));
      } catch {
        return false;
      }
    });

test('from an empty folder to a true verdict about it: one command', async (context) => {
  skipWithout(context);
  const folder = projectFolder();
  const init = gameday(folder, 'init', ...answers());
  const code = await init.exited;
  expect(init.stdout()).toContain('wrote gameday.yaml');
  // Noise of the machine leaves a verdict open; then it is asked for again, as a person would.
  const verdict = code === 4 ? await proven(folder, 'verify') : init;
  expect({ code: await verdict.exited, said: verdict.stdout() }).toMatchObject({
    code: 0,
    said: expect.stringContaining('RUNBOOK  fixed') as unknown,
  });
  for (const runId of runsOf(folder)) expect([leftBy(runId), servicesOf(runId)]).toEqual([[], []]);
});

test('the full proof: it does not heal alone, and the runbook harms nobody', async (context) => {
  skipWithout(context);
  const run = await proven(await initialised(), 'verify', '--proof', 'full', '--json');
  const code = await run.exited;
  const { runs } = JSON.parse(run.stdout()) as Report;
  expect(runs.flatMap(({ checks }) => checks.filter(({ outcome }) => outcome !== 'pass'))).toEqual([]);
  expect(runs[0]?.runbook?.verdict).toBe('fixed');
  expect(code).toBe(0);
});

test('a runbook that does not heal it is found out, whatever it says of itself', async (context) => {
  skipWithout(context);
  const folder = await initialised();
  const file = join(folder, 'runbooks/DatabaseConnectionsHogged.md');
  const text = readFileSync(file, 'utf8');
  // Without the limit the neighbour is back before the service is.
  writeFileSync(
    file,
    text.replace('alter role reporting connection limit 1', 'alter role reporting connection limit 500'),
  );
  const run = await proven(folder, 'verify', '--json');
  expect(await run.exited).toBe(1);
  const { runs } = JSON.parse(run.stdout()) as Report;
  expect(runs[0]?.runbook?.verdict).toMatch(/^(?:ineffective|false-success)$/);
});

test('it is gone when the conductor was killed', async (context) => {
  skipWithout(context);
  const folder = await initialised();
  const run = gameday(folder, 'verify');
  await run.shows('phase baseline');
  const [runId = ''] = runsOf(folder);
  expect(servicesOf(runId)).not.toEqual([]);
  run.child.kill('SIGKILL');
  expect(await untilNothing(() => [...leftBy(runId), ...servicesOf(runId)], 15_000)).toEqual([]);
});

test('as a library it ends when its signal does, with everything undone', async (context) => {
  skipWithout(context);
  const project = await initialised();
  const stopping = new AbortController();
  const reason = new Error('enough');
  const types: string[] = [];
  const ended = verify({
    project,
    signal: stopping.signal,
    onEvent: ({ type }) => {
      types.push(type);
      if (type === 'fault.injected') stopping.abort(reason);
    },
  });
  await expect(ended).rejects.toBe(reason);
  expect(types).toContain('fault.verified');
  expect(types.at(-1)).toBe('run.ended');
  const [runId = ''] = runsOf(project);
  expect([leftBy(runId), servicesOf(runId)]).toEqual([[], []]);
});
