/**
 * What a run offers to other processes on this machine: HTTP on loopback, a random token per role. Runbooks and operators
 * act on the replica through it in the same words, whatever kind of environment stands behind: `gameday env restart
 * postgres`, `gameday env configure service pool.max=20`. In a drill the responder's terminals are its clients, too.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { z } from 'zod';
import { action, type Action, type Reply } from '../../drill/action.ts';
import { GamedayError, reasonOf } from '../../errors.ts';
import { encodeEvent } from '../../journal/codec.ts';
import type { Actor, JournalEvent } from '../../journal/events.ts';
import type { Ms } from '../../units.ts';
import { act, type Acts } from '../acts.ts';
import { NoStage, type StageDoor } from '../stage.ts';
import { streamEvents, type StreamParts } from './event-stream.ts';
import { bodyOf, callerOf, callsPerSecond, Refused, type Tokens } from './guard.ts';

export type { Tokens };

export type OpenSession = {
  readonly door: StageDoor;
  readonly acts: Acts;
  readonly nowMs: () => Ms;
  /** null in `verify`, where nobody is there. */
  readonly drill: DrillDesk | null;
};

/** What a drill's clients talk to. */
export type DrillDesk = StreamParts & {
  readonly answer: (wanted: Action, by: Actor) => Promise<Reply>;
  readonly onBeat: () => void;
  /** The playing role did something, from whatever terminal. */
  readonly onSign: () => void;
};

export type Session = AsyncDisposable & {
  readonly url: string;
  readonly tokens: Tokens;
  /** Resolves when nobody reads any more, or the time is over. */
  readonly deserted: (withinMs: Ms) => Promise<void>;
};

const actionsPerSecond = 20;

export const openSession = async ({ door, acts, nowMs, drill }: OpenSession): Promise<Session> => {
  const token = (): string => randomBytes(16).toString('hex');
  const tokens: Tokens = { runbook: token(), operator: token(), primary: token() };
  const mayAct = { runbook: limit(nowMs), operator: limit(nowMs), primary: limit(nowMs) };
  const readers = new Set<ServerResponse>();
  let onDeserted: (() => void) | undefined;
  let port = 0;

  const read = (response: ServerResponse): void => {
    readers.add(response);
    response.once('close', () => {
      readers.delete(response);
      if (readers.size === 0) onDeserted?.();
    });
  };

  const carryOut = async (request: IncomingMessage, role: Actor): Promise<unknown> => {
    const body = await bodyOf(request);
    if (!mayAct[role]()) throw new Refused(429, `at most ${actionsPerSecond} actions a second`);
    if (role === 'primary') {
      if (drill === null) throw new Refused(404, 'this run is no drill');
      drill.onSign();
      return drill.answer(parsed(action, body), role);
    }
    const wanted = parsed(act, body);
    await door.during((stage) => acts(stage, wanted, role));
    return { done: wanted };
  };

  const routes: Readonly<
    Record<string, (role: Actor, request: IncomingMessage, response: ServerResponse) => Promise<void> | void>
  > = {
    'POST /v1/actions': async (role, request, response) => reply(response, 200, await carryOut(request, role)),
    'POST /v1/beat': (role, request, response) => {
      playing(role, drill).onBeat();
      request.resume();
      response.writeHead(204).end();
    },
    'GET /v1/events': (role, request, response) => {
      const desk = playing(role, drill);
      desk.onSign();
      read(response);
      streamEvents(request, response, desk);
    },
    'GET /v1/journal': async (role, _, response) => {
      if (drill === null || role === 'runbook') throw new Refused(404, 'the journal is not for you');
      const { events } = drill.journal;
      if (!events.some(({ type }) => type === 'run.ended')) throw new Refused(409, 'the run is still going on');
      read(response);
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      await pipeline(Readable.from(linesOf(events)), response);
    },
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const role = callerOf(request, tokens, port);
      const route = routes[`${request.method} ${request.url}`];
      if (route === undefined) throw new Refused(404, 'POST /v1/actions');
      await route(role, request, response);
    } catch (error) {
      if (response.headersSent) return void response.destroy();
      // What was not read of a refused body is not read any more.
      if (!request.complete) response.shouldKeepAlive = false;
      reply(response, statusOf(error), { error: reasonOf(error) });
    }
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  ({ port } = server.address() as AddressInfo);
  return {
    url: `http://127.0.0.1:${port}`,
    tokens,
    deserted: async (withinMs) => {
      if (readers.size === 0) return;
      const enough = new AbortController();
      const left = new Promise<void>((resolve) => (onDeserted = resolve));
      await Promise.race([left, sleepFor(withinMs, undefined, { signal: enough.signal }).catch(() => {})]);
      enough.abort();
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};

const limit = (nowMs: () => Ms): (() => boolean) => callsPerSecond(actionsPerSecond, nowMs);

const playing = (role: Actor, drill: DrillDesk | null): DrillDesk => {
  if (drill !== null && role === 'primary') return drill;
  throw new Refused(404, drill === null ? 'this run is no drill' : 'only who plays is shown the drill');
};

const parsed = <Shape>(shape: z.ZodType<Shape>, body: unknown): Shape => {
  const read = shape.safeParse(body);
  if (!read.success) throw new Refused(400, z.prettifyError(read.error));
  return read.data;
};

const reply = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

const statusOf = (error: unknown): number => {
  if (error instanceof Refused) return error.status;
  if (error instanceof NoStage) return 409;
  return error instanceof GamedayError && error.code === 'USAGE' ? 400 : 500;
};

function* linesOf(events: readonly JournalEvent[]): Generator<string> {
  for (const event of events) yield encodeEvent(event);
}
