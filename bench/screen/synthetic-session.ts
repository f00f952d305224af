/**
 * A drill that never was: a run folder whose session is served from here, in the protocol of the conductor, with a made-up
 * outage in which something happens every few seconds. `gameday resume` takes it for a real one.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { briefingOf } from '../../src/drill/briefing.ts';
import { seenByResponder } from '../../src/drill/redaction.ts';
import { encodeEvent } from '../../src/journal/codec.ts';
import type { JournalEvent } from '../../src/journal/events.ts';
import { identityOf, keepOwner } from '../../src/safety/owner.ts';

export type SyntheticSession = AsyncDisposable & { readonly project: string; readonly runId: string };

const token = 'a-token-of-a-run-that-never-was';

/** @param sinceMs What has happened already when somebody joins; from here on it goes in real time. */
export const serveSyntheticSession = async (
  journal: readonly JournalEvent[],
  sinceMs: number,
): Promise<SyntheticSession> => {
  const [started] = journal;
  if (started?.type !== 'run.started') throw new Error('a journal begins with run.started');
  const startedMs = performance.now() - sinceMs;
  const nowMs = (): number => performance.now() - startedMs;
  const shown = journal.flatMap((event) => seenByResponder(event) ?? []);

  const stream = (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(':ok\n\n');
    const briefing = { briefing: briefingOf(started, []), nowMs: nowMs() };
    response.write(`event: briefing\ndata: ${JSON.stringify(briefing)}\n\n`);
    let next = 0;
    const send = (): void => {
      for (; next < shown.length && (shown[next]?.atMs ?? 0) <= nowMs(); next++) {
        const event = shown[next]!;
        response.write(`id: ${event.seq}\nevent: journal\ndata: ${JSON.stringify(event)}\n\n`);
      }
    };
    send();
    const timer = setInterval(send, 50);
    response.on('close', () => clearInterval(timer));
  };
  const server = createServer((request: IncomingMessage, response) => {
    request.resume();
    if (request.headers.authorization !== `Bearer ${token}`) response.writeHead(401).end('{"error":"no"}');
    else if (request.url === '/v1/events') stream(response);
    else if (request.url === '/v1/beat') response.writeHead(204).end();
    else if (request.url === '/v1/actions')
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ type: 'done', title: 'done', lines: [] }));
    else response.writeHead(409).end('{"error":"the run goes on"}');
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));

  const project = mkdtempSync(join(tmpdir(), 'gd-bench-'));
  for (const part of ['experiments', 'runbooks', 'monitoring', 'postmortems'])
    cpSync(resolve(import.meta.dirname, '../..', part), join(project, part), { recursive: true });
  const { runId } = started;
  const runFolder = join(project, '.gameday/runs', runId);
  mkdirSync(runFolder, { recursive: true });
  writeFileSync(join(runFolder, 'journal.jsonl'), encodeEvent(started));
  const own = identityOf(process.pid);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  keepOwner(runFolder, { conductor: own, watchdog: own, url, token, primaryToken: token });
  return {
    project,
    runId,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((done) => void server.close(() => done()));
      rmSync(project, { recursive: true, force: true });
    },
  };
};
