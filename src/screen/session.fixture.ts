/** A stand-in for a conductor's session: real HTTP on loopback, in the test's own hands. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { Action, Reply } from '../drill/action.ts';
import type { Briefing } from '../drill/briefing.ts';
import type { JournalEvent, JournalFact } from '../journal/events.ts';
import { drillPlan } from '../../test/drill.fixture.ts';
import { minutes, ms, seconds } from '../units.ts';

export const briefing: Briefing = {
  runId: '20261122-100000-a3f0',
  startedAt: '2026-11-22T10:00:00.000Z',
  experiment: { name: 'web-stack-outage', title: 'Web stack outage of 2024-06-20' },
  mode: 'training',
  timeScale: 5,
  speed: 30,
  limitMs: minutes(30),
  holdMs: seconds(2),
  components: ['database', 'network'],
  causes: ['database/connection-limit-too-low', 'network/ddos'],
  roles: ['dba', 'manager'],
  runbooks: ['runbooks/DatabaseConnectionsRefused.md'],
  pagers: ['pager'],
  hints: [{ level: 'nudge', cost: 0 }],
  ghost: [
    { atMs: ms(0), asWrittenMs: ms(0), milestone: 'detected', about: null },
    { atMs: minutes(1), asWrittenMs: minutes(5), milestone: 'notified', about: null },
    { atMs: minutes(6), asWrittenMs: minutes(30), milestone: 'right_lead', about: 'database' },
  ],
};

/** The first line of its journal, which no responder sees before the end. */
export const startedEvent: JournalEvent = {
  seq: 0,
  atMs: ms(0),
  type: 'run.started',
  runId: briefing.runId,
  startedAt: briefing.startedAt,
  version: '0.1.0',
  plan: drillPlan('training'),
  history: [],
};

export type FakeSession = {
  readonly url: string;
  readonly token: string;
  /** Writes one event to all streams; `seq` counts from 1, because `run.started` is never shown. */
  readonly say: (atMs: number, fact: JournalFact) => void;
  /** Every action that came, in order. */
  readonly acted: readonly Action[];
  readonly beats: () => number;
  /** `last-event-id` of every stream that was opened. */
  readonly opened: readonly (string | undefined)[];
  readonly listening: () => number;
  /** Breaks all streams, as a lost line does. */
  readonly breakStreams: () => void;
  /** From now on nothing is answered, and nothing refused. */
  readonly freeze: () => void;
  readonly end: () => Promise<void>;
};

export const fakeSession = async (reply: (action: Action) => Reply = () => done('done')): Promise<FakeSession> => {
  const events: JournalEvent[] = [];
  const acted: Action[] = [];
  const opened: (string | undefined)[] = [];
  const streams = new Set<ServerResponse>();
  let beats = 0;
  let frozen = false;
  const write = (stream: ServerResponse, event: JournalEvent): void =>
    void stream.write(`id: ${event.seq}\nevent: journal\ndata: ${JSON.stringify(event)}\n\n`);
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (frozen) return;
    if (request.headers.authorization !== 'Bearer secret')
      return void response.writeHead(401).end('{"error":"a token of this run is needed"}');
    if (request.url === '/v1/beat') {
      beats += 1;
      response.writeHead(204).end();
    } else if (request.url === '/v1/actions') {
      const action = (await json(request)) as Action;
      acted.push(action);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply(action)));
    } else if (request.url === '/v1/journal') {
      const over = events.some(({ type }) => type === 'run.ended');
      const text = [startedEvent, ...events].map((event) => `${JSON.stringify(event)}\n`).join('');
      response.writeHead(over ? 200 : 409).end(over ? text : '{"error":"the run goes on"}');
    } else {
      const last = request.headers['last-event-id'] as string | undefined;
      opened.push(last);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`:ok\n\nevent: briefing\ndata: ${JSON.stringify({ briefing, nowMs: 1_000 })}\n\n`);
      for (const event of events) if (last === undefined || event.seq > Number(last)) write(response, event);
      streams.add(response);
      response.on('close', () => streams.delete(response));
    }
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const end = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  };
  onTestFinished(end);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: 'secret',
    say: (atMs, fact) => {
      const event: JournalEvent = { seq: events.length + 1, atMs: ms(atMs), ...fact };
      events.push(event);
      for (const stream of streams) write(stream, event);
    },
    acted,
    opened,
    beats: () => beats,
    listening: () => streams.size,
    breakStreams: () => {
      for (const stream of streams) stream.destroy();
    },
    freeze: () => void (frozen = true),
    end,
  };
};

export const done = (title: string, ...lines: readonly string[]): Reply => ({ type: 'done', title, lines });
