/** What `gameday init` has to know of a service: from flags, from a person at a terminal, or as most services have it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GamedayError } from '../../errors.ts';
import type { Terminal } from '../command.ts';

export type GivenAnswers = {
  readonly command?: string;
  readonly image?: string;
  readonly databaseUrlEnv?: string;
  readonly portEnv?: string;
  readonly health?: string;
  readonly metrics?: string;
  readonly setup?: readonly string[];
  readonly route?: readonly string[];
};

export type Answers = {
  /** null: only an image is known. */
  readonly command: string | null;
  readonly image: string | null;
  /** Names of the variables that the service reads. */
  readonly databaseUrlEnv: string;
  readonly portEnv: string;
  /** Paths; null: it has none. */
  readonly health: string | null;
  readonly metrics: string | null;
  /** SQL files. */
  readonly setup: readonly string[];
  readonly routes: readonly AnsweredRoute[];
};

export type AnsweredRoute = { readonly method: string; readonly path: string; readonly body: unknown };

type Question = {
  readonly key: keyof GivenAnswers;
  readonly text: string;
  /** Where nothing is answered; undefined: that is no answer. */
  readonly usual: string | undefined;
};

const questionsFor = (folder: string): readonly Question[] => [
  { key: 'command', text: 'What starts your service?', usual: startScript(folder) },
  { key: 'databaseUrlEnv', text: "Which variable holds its database's URL?", usual: 'DATABASE_URL' },
  { key: 'portEnv', text: 'Which variable holds the port it listens on?', usual: 'PORT' },
  { key: 'setup', text: 'SQL files that create its tables, if it does not do so itself?', usual: '' },
  { key: 'health', text: 'At which path does it say that it is well, such as /health?', usual: '' },
  { key: 'metrics', text: 'At which path does it answer Prometheus?', usual: '' },
  {
    key: 'route',
    text: 'What do people ask it for? Separated by ";", e.g. GET /users; POST /users {"name":"Ada"}',
    usual: 'GET /',
  },
];

/** A start script is what most people would type. */
const startScript = (folder: string): string | undefined => {
  try {
    const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      scripts?: { start?: string };
    };
    return scripts?.start === undefined ? undefined : 'npm start';
  } catch {
    return undefined;
  }
};

/**
 * Asks for what no flag says, where somebody is there to answer; an empty line takes what stands in brackets.
 *
 * @throws {GamedayError} USAGE for what has no usual answer, and for routes that are none.
 */
export const answersFor = async (folder: string, given: GivenAnswers, terminal: Terminal): Promise<Answers> => {
  const found: Record<string, string | readonly string[]> = { ...given };
  const isStarted = given.image !== undefined;
  const open = questionsFor(folder).filter(({ key }) => given[key] === undefined && !(key === 'command' && isStarted));
  const lines = terminal.face.inputIsTerminal && open.length > 0 ? terminal.lines() : undefined;
  try {
    for (const { key, text, usual } of open) {
      if (lines !== undefined) terminal.err(`${text} [${usual === '' ? 'none' : (usual ?? 'needed')}]`);
      const line = lines === undefined ? undefined : await lines.next();
      const typed = line?.done === false ? line.value.trim() : '';
      const answer = typed === '' ? usual : typed;
      if (answer === undefined)
        throw new GamedayError('USAGE', {
          message: 'gameday init does not know what starts the service',
          hint: "gameday init --command 'node server.js', or gameday init --image shop-api:1",
        });
      found[key] = key === 'setup' || key === 'route' ? listOf(key, answer) : answer;
    }
  } finally {
    await lines?.return?.(undefined);
  }
  const text = (key: keyof GivenAnswers): string => String(found[key] ?? '');
  const orNull = (key: keyof GivenAnswers): string | null => (text(key) === '' ? null : text(key));
  return {
    ...{ command: orNull('command'), image: orNull('image') },
    ...{ databaseUrlEnv: text('databaseUrlEnv'), portEnv: text('portEnv') },
    ...{ health: orNull('health'), metrics: orNull('metrics') },
    setup: (found['setup'] ?? []) as readonly string[],
    routes: ((found['route'] ?? []) as readonly string[]).map(routeOf),
  };
};

const listOf = (key: 'setup' | 'route', typed: string): readonly string[] =>
  typed.split(key === 'route' ? ';' : /\s+/).flatMap((each) => (each.trim() === '' ? [] : [each.trim()]));

/** `POST /users {"name":"Ada"}` */
const routeOf = (written: string): AnsweredRoute => {
  const [, method, path, body = ''] = /^([A-Z]+)\s+(\/\S*)\s*(.*)$/s.exec(written) ?? [];
  if (method === undefined || path === undefined)
    throw new GamedayError('USAGE', {
      message: `--route is "${written}"; expected a method, a path and perhaps a body`,
      hint: `--route 'GET /users', or --route 'POST /users {"name":"Ada"}'`,
    });
  return { method, path, body: body === '' ? undefined : jsonOr(body) };
};

const jsonOr = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
