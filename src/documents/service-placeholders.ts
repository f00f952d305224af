/**
 * What a service's commands and variables may leave to the run: `${gameday.databaseUrl}` and its like, which only the run
 * knows, and `${env.NAME}`, a variable of whoever starts it, so that a secret need not be written down.
 */
import { suggestName } from './suggestion.ts';

/** `databaseUrl` and its parts lead through the fault proxy. */
export const placeholderNames = [
  'databaseUrl',
  'databaseHost',
  'databasePort',
  'databaseUser',
  'databasePassword',
  'databaseName',
  'port',
  'serviceUrl',
  'configFile',
] as const;
export type Placeholders = Readonly<Record<(typeof placeholderNames)[number], string>>;

const pattern = /\$\{(gameday|env)\.([^}]*)\}/g;

/** @throws {Error} naming a variable of the caller's that is not set. */
export const filled = (text: string, values: Placeholders, env: Readonly<Record<string, string | undefined>>): string =>
  text.replaceAll(pattern, (written, kind: string, name: string) => {
    const value = kind === 'env' ? env[name] : values[name as keyof Placeholders];
    if (value === undefined) throw new Error(`${written}: the variable ${name} is not set`);
    return value;
  });

/** The parts of a service in which placeholders stand. */
type Written = {
  readonly command?: string | readonly string[] | undefined;
  readonly image?: { readonly command: string | readonly string[] | null; readonly port: number | null } | undefined;
  readonly restart?: string | readonly string[] | undefined;
  readonly env: Readonly<Record<string, string | number | boolean>>;
  readonly configure?: { readonly file: string } | { readonly env: readonly string[] } | undefined;
  readonly database: { readonly setup: readonly object[] };
  readonly traffic: { readonly command: string | readonly string[] | null };
};

type PlaceholderProblem = { readonly path: readonly PropertyKey[]; readonly message: string; readonly hint: string };

export const placeholderProblems = (service: Written): readonly PlaceholderProblem[] => {
  const { command, image, restart, env, configure, database, traffic } = service;
  const problems: PlaceholderProblem[] = [];
  /** @returns The names in there. */
  const look = (written: unknown, ...path: readonly PropertyKey[]): readonly string[] => {
    const texts = Array.isArray(written) ? written : [written];
    const names = texts
      .flatMap((each) => [...String(each).matchAll(pattern)])
      .flatMap(([, kind, name = '']) => (kind === 'env' ? [] : [name]));
    for (const name of names.filter((each) => !(placeholderNames as readonly string[]).includes(each)))
      problems.push({
        path,
        message: `there is no \${gameday.${name}}`,
        hint: suggestName(name, [...placeholderNames]),
      });
    return names;
  };
  const byVariable = Object.entries(env).flatMap(([name, value]) => look(value, 'env', name));
  /** Each way in which it is started, and what it is told then. */
  const starts = [
    ...(command === undefined ? [] : [{ path: ['command'], told: look(command, 'command'), port: null }]),
    ...(image === undefined
      ? []
      : [{ path: ['image'], told: look(image.command ?? '', 'image', 'command'), port: image.port }]),
  ].map(({ told, ...start }) => ({ ...start, told: [...byVariable, ...told] }));
  const used = [
    ...starts.flatMap(({ told }) => told),
    ...look(restart ?? '', 'restart'),
    ...database.setup.flatMap((step, index) => look('command' in step ? step.command : '', 'database', 'setup', index)),
    ...look(traffic.command ?? '', 'traffic', 'command'),
  ];

  const missing = (path: readonly PropertyKey[], message: string, hint: string): void =>
    void problems.push({ path, message, hint });
  const lost = starts.find(({ told }) => !told.some((name) => ['databaseUrl', 'databasePort'].includes(name)));
  if (lost !== undefined)
    missing(
      lost.path,
      "nothing tells the service where the replica's database is",
      'write env: { DATABASE_URL: ${gameday.databaseUrl} }, under the name that your service reads',
    );
  const deaf = starts.find(({ told, port }) => port === null && !told.includes('port'));
  if (deaf !== undefined)
    missing(
      deaf.path,
      'nothing tells the service on which port to listen',
      `write env: { PORT: \${gameday.port} }, under the name that your service reads${
        image === undefined ? '' : '; an image whose port is fixed says image: { name: …, port: 3000 }'
      }`,
    );
  const byFile = configure !== undefined && 'file' in configure;
  if (used.includes('configFile') && !byFile)
    missing(['command'], '${gameday.configFile} needs a file to lead to', 'add configure: { file: … }');
  if (byFile && starts.some(({ told }) => !told.includes('configFile')))
    missing(
      ['configure'],
      'the service is not told where the file is that gameday may change',
      'hand it ${gameday.configFile}: a copy of that file, so that yours stays as it is',
    );
  if (configure !== undefined && 'env' in configure)
    for (const [index, name] of configure.env.entries())
      if (!Object.hasOwn(env, name))
        missing(
          ['configure', 'env', index],
          `the service has no variable ${name}`,
          suggestName(name, Object.keys(env)),
        );
  return problems;
};
