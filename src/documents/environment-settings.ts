/**
 * `environments:` of gameday.yaml: servers of the team's own that an experiment may be run against, and how far it may go
 * there. The file lies in a repository, so it names where a credential stands and never holds one.
 */
import { z } from 'zod';
import type { Ms } from '../units.ts';
import type { Placed } from './document.ts';
import { count, someTime, text } from './fields.ts';

/** Where a connection string stands: an environment variable, or a file (relative to the project, or absolute). */
export type SecretReference = { readonly env: string } | { readonly file: string };

/** A program with its arguments; no shell reads it. */
export type Command = readonly [program: string, ...given: string[]];

export type AttachedSettings = Placed & {
  readonly kind: 'attached';
  readonly postgres: {
    /** Past the proxy: faults, their undo, the lock and the probes. */
    readonly operator: SecretReference;
    /** As the service logs in: through the proxy, where there is one. */
    readonly service: SecretReference;
    /** Who holds connections; without it nothing can. */
    readonly neighbour?: SecretReference;
    /** The person on call: what runbooks log in as. */
    readonly onCall?: SecretReference;
    readonly restart?: Command;
  };
  readonly toxiproxy?: { readonly url: string; readonly proxy: string };
  readonly prometheus?: { readonly url: string };
  /** `pagerPort`: where on this machine the run listens for the webhook that Alertmanager sends. */
  readonly alertmanager?: { readonly url: string; readonly pagerPort: number };
  readonly service?: { readonly urls: readonly string[]; readonly restart?: Command };
  readonly allow: { readonly hosts: readonly string[]; readonly databases: readonly string[] };
  readonly blastRadius: {
    /** Sessions that gameday may have open on the server at one time, its own few not counted. */
    readonly connections: number;
    readonly proxies: readonly string[];
    /** How long a fault may last. */
    readonly durationMs: Ms;
  };
  /** Faults that nothing but their undo ends, and that may be injected all the same. */
  readonly accept: readonly string[];
};

export type EnvironmentSettings = Readonly<Record<string, AttachedSettings>>;

const referenceHint = 'write { env: NAME_OF_A_VARIABLE } or { file: PATH }, and put the connection string there';
const referenceShape = z.union([
  z.strictObject({ env: z.string().regex(/^[A-Za-z_]\w*$/) }),
  z.strictObject({ file: text }),
]);

/** None of its messages may show what is written: it may be a password. */
const reference = z.unknown().transform((written, context): SecretReference => {
  const read = referenceShape.safeParse(written);
  if (read.success) return read.data;
  const message = holdsPassword(written)
    ? 'a password is written here, for everybody who can read this file'
    : 'a connection string is named by the variable or the file that holds it';
  const hint = holdsPassword(written) ? `${referenceHint}; then change the password` : referenceHint;
  context.addIssue({ code: 'custom', message, params: { hint } });
  return z.NEVER;
});

const holdsPassword = (written: unknown): boolean =>
  /:\/\/[^/@\s]*:[^/@\s]+@|\bpassword\s*=/i.test(JSON.stringify(written) ?? '');

const address = z.string().transform((written, context) => {
  const url = URL.parse(written);
  const problem = (message: string, hint: string): never => {
    context.addIssue({ code: 'custom', message, params: { hint } });
    return z.NEVER;
  };
  if (url === null || !/^https?:$/.test(url.protocol))
    return problem('this is no address of an HTTP API', 'write http://HOST:PORT');
  if (url.username !== '' || url.password !== '')
    return problem('a credential is written here, for everybody who can read this file', 'write http://HOST:PORT');
  return written.replace(/\/+$/, '');
});

/** The load generator speaks no TLS, and asks for paths of its own. */
const serviceAddress = address.refine(
  (written) => /^http:\/\/[^/]+$/.test(written),
  'a service is asked as http://HOST:PORT, without a path',
);

const command = z
  .array(text)
  .min(1)
  .transform((words) => words as unknown as Command);

const optional = <Value extends object>(written: Value): { [Key in keyof Value]: Exclude<Value[Key], undefined> } =>
  Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined)) as never;

const attached = z
  .strictObject({
    kind: z.literal('attached'),
    postgres: z
      .strictObject({
        operator: reference,
        service: reference,
        neighbour: reference.optional(),
        onCall: reference.optional(),
        restart: command.optional(),
      })
      .transform(optional),
    toxiproxy: z.strictObject({ url: address, proxy: text }).optional(),
    prometheus: z.strictObject({ url: address }).optional(),
    alertmanager: z.strictObject({ url: address, pagerPort: z.int().min(1).max(65_535) }).optional(),
    service: z
      .strictObject({ urls: z.array(serviceAddress).min(1), restart: command.optional() })
      .transform(optional)
      .optional(),
    allow: z.strictObject({ hosts: z.array(text).min(1), databases: z.array(text).min(1) }),
    blastRadius: z
      .strictObject({ connections: count, proxies: z.array(text).default([]), duration: someTime })
      .transform(({ duration: durationMs, ...rest }) => ({ ...rest, durationMs })),
    accept: z.array(text).default([]),
  })
  .transform(optional);

/** Names that mean something without this file. */
const builtIn = ['embedded', 'containers'];

export const environmentsShape = z
  .record(z.string().regex(/^[\w.-]+$/, 'a name has letters, digits, ".", "_" and "-"'), attached)
  .superRefine((environments, context) => {
    for (const name of Object.keys(environments).filter((each) => builtIn.includes(each)))
      context.addIssue({
        code: 'custom',
        path: [name],
        message: `"${name}" is a kind of environment of its own`,
        params: { hint: 'choose another name, such as staging' },
      });
  })
  .transform((environments) => environments as Readonly<Record<string, Omit<AttachedSettings, 'at'>>>);
