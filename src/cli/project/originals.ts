/**
 * Real servers in the place of the stand-ins, given as paths of their programs. Each is asked for its version before
 * anything is started: a wrong program is a mistake on the command line, and the version belongs into the plan.
 */
import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ProjectSettings } from '../../documents/project-settings.ts';
import { GamedayError, type Place, type Problem } from '../../errors.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Project } from './project.ts';

/** Paths, as written on the command line or in gameday.yaml. */
export type GivenOriginals = Readonly<Partial<Record<Kind, string>>>;

export type Original = { readonly program: string; readonly version: string };
export type Originals = Readonly<Partial<Record<Kind, Original>>>;

const kinds = {
  toxiproxy: { program: 'toxiproxy-server', says: /^toxiproxy-server version (\S+)/m },
  prometheus: { program: 'prometheus', says: /^prometheus, version (\S+)/m },
  alertmanager: { program: 'alertmanager', says: /^alertmanager, version (\S+)/m },
} as const;
type Kind = keyof typeof kinds;
const inOrder = Object.keys(kinds) as readonly Kind[];

/** A large program that is read from a slow disk for the first time. */
const answersWithinMs = 20_000;

/** Flags and words for Commander. */
export const originalOptions = {
  toxiproxy: ['--toxiproxy <path>', 'a real toxiproxy-server takes the place of the built-in fault proxy'],
  prometheus: ['--prometheus <path>', 'a real Prometheus takes the place of the built-in one'],
  alertmanager: ['--alertmanager <path>', 'a real Alertmanager takes the place of the built-in one'],
} as const;

/** @throws {GamedayError} USAGE for every path that is not the program it should be. */
export const originalsOf = async (given: GivenOriginals): Promise<Originals> => {
  const { found, problems } = await lookedAt(given, '.', (kind) => ({
    written: `--${kind}`,
    leaveOut: `leave --${kind} out`,
  }));
  if (problems.length > 0) throw new GamedayError('USAGE', problems);
  return found;
};

/** Those of gameday.yaml that the command line does not replace. Paths are relative to the project. */
export const originalsIn = (
  { originals }: ProjectSettings,
  project: Pick<Project, 'root'>,
  given: Originals,
): Promise<Looked> => {
  const wanted = Object.entries(originals).flatMap(([kind, { path }]) =>
    Object.hasOwn(given, kind) ? [] : [[kind, path]],
  );
  return lookedAt(Object.fromEntries(wanted) as GivenOriginals, project.root, (kind) => ({
    written: `originals.${kind}`,
    leaveOut: 'take the line out',
    at: originals[kind]?.at,
  }));
};

type Looked = { readonly found: Originals; readonly problems: readonly Problem[] };
type Wording = { readonly written: string; readonly leaveOut: string; readonly at?: Place | undefined };

const lookedAt = async (given: GivenOriginals, from: string, words: (kind: Kind) => Wording): Promise<Looked> => {
  const problems: Problem[] = [];
  const found: { [kind in Kind]?: Original } = {};
  for (const kind of inOrder) {
    const path = given[kind];
    if (path === undefined) continue;
    const program = resolve(from, path);
    const asked = await askVersion(program, kind);
    if ('version' in asked) found[kind] = { program, version: asked.version };
    else {
      const { written, leaveOut, at } = words(kind);
      const hint = `give the path of a ${kinds[kind].program}, or ${leaveOut}: the built-in one does the same`;
      problems.push({ message: `${written} ${path} ${asked.wrong}`, hint, ...(at === undefined ? {} : { at }) });
    }
  }
  return { found, problems };
};

/** What the plan says of them. */
export const versionsIn = (originals: Originals): Pick<Plan, 'originals'> =>
  Object.keys(originals).length === 0 ? {} : { originals: each(originals, ({ version }) => version) };

/** What the environment is told. */
export const programsOf = (originals: Originals): GivenOriginals => each(originals, ({ program }) => program);

const each = (originals: Originals, read: (original: Original) => string): GivenOriginals =>
  Object.fromEntries(
    inOrder.flatMap((kind) => {
      const original = originals[kind];
      return original === undefined ? [] : [[kind, read(original)]];
    }),
  );

type Asked = { readonly version: string } | { readonly wrong: string };

const askVersion = (program: string, kind: Kind): Promise<Asked> => {
  const wrong = whyNotRun(program);
  if (wrong !== undefined) return Promise.resolve({ wrong });
  const { says, program: wanted } = kinds[kind];
  const options = { timeout: answersWithinMs, killSignal: 'SIGKILL', maxBuffer: 2 ** 16 } as const;
  return new Promise((answer) => {
    const child = execFile(program, ['--version'], options, (error, stdout, stderr) => {
      // Its words count, whatever its exit code: some print them on standard error.
      const version = says.exec(`${stdout}\n${stderr}`)?.[1];
      if (version !== undefined) answer({ version });
      else if (error?.killed === true) answer({ wrong: `tells no version within ${answersWithinMs / 1_000} s` });
      else if (typeof error?.code === 'string') answer({ wrong: `cannot be run: ${error.code}` });
      else answer({ wrong: `is no ${wanted}: ${saysInstead(`${stdout}${stderr}`)}` });
    });
    child.stdin?.end();
  });
};

const whyNotRun = (program: string): string | undefined => {
  const status = statSync(program, { throwIfNoEntry: false });
  if (status === undefined) return 'does not exist';
  if (!status.isFile()) return 'is no file';
  try {
    accessSync(program, constants.X_OK);
    return undefined;
  } catch {
    return 'may not be executed';
  }
};

const saysInstead = (output: string): string => {
  const [line = ''] = output.trim().split('\n');
  return line === '' ? 'it tells no version' : `it says ${JSON.stringify(line.slice(0, 80))}`;
};
