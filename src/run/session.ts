/**
 * What a run offers to other processes on this machine: HTTP on loopback, a random token per role. Runbooks and operators
 * act on the replica through it in the same words, whatever kind of environment stands behind: `gameday env restart
 * postgres`, `gameday env configure service pool.max=20`.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { GamedayError, reasonOf } from '../errors.ts';
import type { Environment } from '../environments/environment.ts';
import type { JournalFact } from '../journal/events.ts';

const action = z.discriminatedUnion('act', [
  z.strictObject({ act: z.literal('restart'), target: z.enum(['postgres', 'service']) }),
  z.strictObject({
    act: z.literal('configure'),
    target: z.literal('service'),
    /** Dotted path → value, e.g. `pool.max` → 20. */
    settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  }),
]);
export type Action = z.infer<typeof action>;

export type Session = AsyncDisposable & { readonly url: string; readonly token: (role: SessionRole) => string };
export type SessionRole = 'runbook' | 'operator';

export const openSession = async (
  environment: () => Environment | undefined,
  onFact: (fact: JournalFact) => void,
): Promise<Session> => {
  const tokens = { runbook: randomBytes(16).toString('hex'), operator: randomBytes(16).toString('hex') } as const;
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const reply = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    try {
      // A browser never has business here, whatever page it shows.
      const role = request.headers.origin === undefined ? roleOf(request.headers.authorization, tokens) : undefined;
      if (role === undefined) return reply(401, { error: 'a token of this run is needed' });
      if (request.method !== 'POST' || request.url !== '/v1/actions') return reply(404, { error: 'POST /v1/actions' });
      const parsed = action.safeParse(await json(request));
      if (!parsed.success) return reply(400, { error: z.prettifyError(parsed.error) });
      const target = environment();
      if (target === undefined) return reply(409, { error: 'no environment is up in this run' });
      await carryOut(parsed.data, target);
      onFact({ type: 'environment.changed', act: parsed.data.act, target: parsed.data.target, by: role });
      return reply(200, { done: parsed.data });
    } catch (error) {
      const mistaken = error instanceof SyntaxError || (error instanceof GamedayError && error.code === 'USAGE');
      return reply(mistaken ? 400 : 500, { error: reasonOf(error) });
    }
  };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    token: (role) => tokens[role],
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};

const roleOf = (header: string | undefined, tokens: Readonly<Record<SessionRole, string>>): SessionRole | undefined => {
  const given = Buffer.from(header?.replace(/^Bearer /, '') ?? '');
  return (Object.keys(tokens) as SessionRole[]).find((role) => {
    const expected = Buffer.from(tokens[role]);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
};

const carryOut = async (wanted: Action, environment: Environment): Promise<void> => {
  if (wanted.act === 'restart') return environment.restart(wanted.target);
  const configuration = await configurationOf(environment);
  for (const [path, value] of Object.entries(wanted.settings)) assign(configuration, path, value);
  return environment.service.writeConfiguration(`${JSON.stringify(configuration, null, 2)}\n`);
};

const configurationOf = async ({ service }: Environment): Promise<Record<string, unknown>> => {
  const text = await service.readConfiguration();
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new Error("the service's configuration is not JSON", { cause });
  }
};

/** Only settings that exist can be changed: a misspelt one would silently do nothing. Values may be secret, so none is said. */
const assign = (configuration: Record<string, unknown>, path: string, value: unknown): void => {
  const refuse = (message: string): never => {
    throw new GamedayError('USAGE', { message });
  };
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let place: Record<string, unknown> = configuration;
  for (const key of keys) {
    const next = Object.hasOwn(place, key) ? place[key] : undefined;
    if (typeof next !== 'object' || next === null) return refuse(`the service has no setting ${path}`);
    place = next as Record<string, unknown>;
  }
  if (!Object.hasOwn(place, last)) return refuse(`the service has no setting ${path}`);
  const [wanted, given] = [typeof place[last], typeof value];
  if (wanted === 'object')
    return refuse(`${path} is a group of settings: ${Object.keys(place[last] as object).join(', ')}`);
  if (wanted !== given) return refuse(`${path} is a ${wanted}; ${JSON.stringify(value)} is a ${given}`);
  place[last] = value;
};
