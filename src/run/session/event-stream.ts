/**
 * The journal as a responder may see it, as server-sent events that begin anywhere and can be taken up again. A reader that
 * is slow to catch up with what was is waited for; one that does not keep up with what happens is let go, and comes back.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Briefing } from '../../drill/briefing.ts';
import { seenByResponder } from '../../drill/redaction.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Ms } from '../../units.ts';

/** Of events that happened while the reader did not read. */
const backlogBytesMax = 1_048_576;
const commentEveryMs = 15_000;

export type StreamParts = {
  readonly journal: Pick<Journal, 'events' | 'subscribe'>;
  readonly briefing: Briefing;
  readonly nowMs: () => Ms;
};

export const streamEvents = (
  request: IncomingMessage,
  response: ServerResponse,
  { journal, briefing, nowMs }: StreamParts,
): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.flushHeaders();
  const opening = JSON.stringify({ briefing, nowMs: nowMs() });
  let full = !response.write(`:ok\n\nevent: briefing\ndata: ${opening}\n\n`);
  let next = firstUnseen(request, journal);
  let behind = 0;
  const send = (): void => {
    for (; !full && next < journal.events.length; next += 1) {
      const event = seenByResponder(journal.events[next]!);
      if (event === undefined) continue;
      full = !response.write(`id: ${event.seq}\nevent: journal\ndata: ${JSON.stringify(event)}\n\n`);
    }
  };
  response.on('drain', () => {
    full = false;
    behind = 0;
    send();
  });
  response.on('error', () => {});
  const unsubscribe = journal.subscribe((event) => {
    if (!full) return send();
    if (seenByResponder(event) !== undefined) behind += JSON.stringify(event).length;
    if (behind > backlogBytesMax) response.destroy();
  });
  const comments = setInterval(() => full || response.write(':\n\n'), commentEveryMs);
  response.once('close', () => {
    unsubscribe();
    clearInterval(comments);
  });
  send();
};

/** Behind the last event that was seen; what is no event of this run means from the beginning. */
const firstUnseen = ({ headers }: IncomingMessage, { events }: StreamParts['journal']): number => {
  const given = String(headers['last-event-id'] ?? '');
  return /^\d{1,9}$/.test(given) && Number(given) < events.length ? Number(given) + 1 : 0;
};
