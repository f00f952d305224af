/**
 * `service:` of gameday.yaml: the team's own service in the place of the built-in shop, how it is told where its database is,
 * and the traffic that it is to serve.
 */
import { z } from 'zod';
import { seconds, type Ms } from '../units.ts';
import type { Placed } from './document.ts';
import { perSecond, someTime, text } from './fields.ts';
import { placeholderProblems } from './service-placeholders.ts';

/** A line that a shell reads, or a program with its arguments that none does. */
export type CommandLine = string | readonly [program: string, ...given: string[]];

export type Variables = Readonly<Record<string, string | number | boolean>>;

export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** How often it is asked, compared with the others. */
  readonly weight: number;
  /** What a good answer has; null: any status from 200 to 399, and any text. */
  readonly expect: { readonly status: number | null; readonly contains: string | null };
};

export type Traffic = {
  readonly arrivals: 'poisson' | 'constant';
  /** Requests per second over all routes. */
  readonly ratePerSecond: number;
  readonly routes: readonly Route[];
  /** The team's own load beside the routes; it lives as long as the trial. */
  readonly command: CommandLine | null;
};

export type SetupStep = { readonly sql: string } | { readonly command: CommandLine };

/** The service as a container. */
export type ServiceImage = {
  readonly name: string;
  /** null: what the image itself runs. A list takes the place of that; a line is read by the image's shell instead. */
  readonly command: CommandLine | null;
  /** Where it listens in there, whatever it is told; null: at `${gameday.port}`. */
  readonly port: number | null;
};

export type OwnService = Placed & {
  /** How it is started on this machine; null where only an image is known. */
  readonly command: CommandLine | null;
  /** How it is started in containers; null where only a command is known. */
  readonly image: ServiceImage | null;
  /** Where the commands run on this machine, and its files lie, relative to the project. */
  readonly folder: string;
  readonly env: Variables;
  /** `path` null: that its port takes a connection is enough. */
  readonly health: { readonly path: string | null; readonly withinMs: Ms };
  /** Where it answers Prometheus; null where it does not. */
  readonly metrics: string | null;
  /** Instead of a stop and a start. */
  readonly restart: CommandLine | null;
  /** What can be changed for the next restart: a JSON file that it reads, or some of its variables. */
  readonly configure: { readonly file: string } | { readonly env: readonly string[] } | null;
  /** Its owner, who is the service, has the same name. */
  readonly database: { readonly name: string; readonly setup: readonly SetupStep[] };
  readonly traffic: Traffic;
};

/** The built-in shop has no command, not even null. */
export const isOwnService = (service: object): service is OwnService => 'command' in service;

/** As a person would type it. */
export const commandWords = (command: CommandLine): string =>
  typeof command === 'string' ? command : command.join(' ');

/** What is started, in a word or a line. */
export const serviceWords = ({ command, image }: Pick<OwnService, 'command' | 'image'>, environment: string): string =>
  command === null || (image !== null && environment === 'containers') ? (image?.name ?? '') : commandWords(command);

const commandLine = z
  .union(
    [text, z.array(text).min(1)],
    'expected a line for the shell, such as npm start, or a list of a program and its arguments',
  )
  .transform((written): CommandLine => (typeof written === 'string' ? written : (written as [string, ...string[]])));

const path = z.string().regex(/^\/\S*$/, 'expected a path that begins with /, such as /health');
const variableName = /^[A-Za-z_]\w*$/;
const variables = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()], 'expected text, a number, true or false'))
  .superRefine((written, context) => {
    for (const name of Object.keys(written).filter((each) => !variableName.test(each))) {
      const message = `"${name}" cannot be the name of a variable`;
      context.addIssue({ code: 'custom', path: [name], message, params: { hint: 'use letters, digits and _' } });
    }
  });

const health = z
  .strictObject({ path: path.optional(), tcp: z.literal(true).optional(), within: someTime.default(seconds(30)) })
  .transform((written, context) => {
    const { path: asked, tcp, within: withinMs } = written;
    if ((asked === undefined) !== (tcp === undefined)) return { path: asked ?? null, withinMs };
    const message = 'a health check asks either a path or the port, exactly one of them';
    context.addIssue({ code: 'custom', message, params: { hint: 'write path: /health, or tcp: true' } });
    return z.NEVER;
  });

const setupStep = z.union(
  [z.strictObject({ sql: text }), z.strictObject({ command: commandLine })],
  'expected { sql: FILE } or { command: … }',
);

/** Names that the replica needs for others. */
const takenNames = ['postgres', 'template0', 'template1', 'oncall_dba', 'monitor', 'reporting'];
const databaseName = z
  .string()
  .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'expected lower-case letters, digits and _, such as app')
  .refine((name) => !takenNames.includes(name) && !name.startsWith('pg_'), 'expected a name that nobody else has');

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

const route = z
  .strictObject({
    ...Object.fromEntries(methods.map((method) => [method, path.optional()])),
    headers: z.record(z.string(), z.string()).default({}),
    body: z.unknown().optional(),
    weight: z.number().gt(0).default(1),
    expect: z.strictObject({ status: z.int().min(100).max(599).optional(), contains: text.optional() }).prefault({}),
  })
  .transform(({ headers, body, weight, expect, ...written }, context): Route => {
    const asked = Object.entries(written).filter(([, target]) => target !== undefined);
    const [only, another] = asked;
    if (only === undefined || another !== undefined) {
      const message = `a route is asked in one way, this one in ${only === undefined ? 'none' : 'several'}`;
      const hint = `begin it with one of ${methods.join(', ')}, such as - GET: /`;
      context.addIssue({ code: 'custom', message, params: { hint } });
      return z.NEVER;
    }
    const isText = body === undefined || typeof body === 'string';
    return {
      method: only[0] as Route['method'],
      path: only[1] as string,
      headers: isText ? headers : { 'content-type': 'application/json', ...headers },
      body: body === undefined ? null : isText ? body : JSON.stringify(body),
      weight,
      expect: { status: expect.status ?? null, contains: expect.contains ?? null },
    };
  });

const traffic = z
  .strictObject({
    arrivals: z.enum(['poisson', 'constant']).default('poisson'),
    rate: perSecond('requests', '20/s'),
    routes: z.array(route).min(1),
    command: commandLine.optional(),
  })
  .transform(({ arrivals, rate, routes, command }): Traffic => ({
    ...{ arrivals, ratePerSecond: rate, routes, command: command ?? null },
  }));

const exampleImage = 'expected the name of an image, such as shop-api:1';

/** Its name alone is enough of most images. */
const image = z.preprocess(
  (written) => (typeof written === 'string' ? { name: written } : written),
  z
    .strictObject(
      {
        name: z.string().regex(/^[a-z0-9][\w./:@-]*$/, exampleImage),
        command: commandLine.optional(),
        port: z.int().min(1).max(65_535).optional(),
      },
      { error: ({ code }) => (code === 'invalid_type' ? `${exampleImage}, or { name: …, port: … }` : undefined) },
    )
    .transform(({ name, command, port }): ServiceImage => ({ name, command: command ?? null, port: port ?? null })),
);

export const serviceShape = z
  .strictObject({
    command: commandLine.optional(),
    image: image.optional(),
    folder: text.default('.'),
    env: variables.default({}),
    health,
    metrics: path.optional(),
    restart: commandLine.optional(),
    configure: z
      .union(
        [z.strictObject({ file: text }), z.strictObject({ env: z.array(text).min(1) })],
        'expected { file: … } or { env: [NAME, …] }',
      )
      .optional(),
    database: z.strictObject({ name: databaseName.default('app'), setup: z.array(setupStep).default([]) }).prefault({}),
    traffic,
  })
  .superRefine((service, context) => {
    if (service.command === undefined && service.image === undefined) {
      const hint = 'write command: node server.js, image: shop-api:1 for --env containers, or both';
      context.addIssue({ code: 'custom', message: 'nothing says how the service is started', params: { hint } });
      return;
    }
    for (const { path: where, message, hint } of placeholderProblems(service))
      context.addIssue({ code: 'custom', path: [...where], message, params: { hint } });
  })
  .transform(({ folder, env, health: asked, database, traffic: served, ...written }) => ({
    ...{ command: written.command ?? null, image: written.image ?? null },
    ...{ folder, env, health: asked, database, traffic: served },
    ...{ metrics: written.metrics ?? null, restart: written.restart ?? null, configure: written.configure ?? null },
  }));
