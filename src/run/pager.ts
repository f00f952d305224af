/**
 * The run's own receiver of notifications. Alertmanager posts here as it would to a team's webhook or to PagerDuty, and only
 * what arrives here counts as delivered, once however often it is repeated.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { reasonOf } from '../errors.ts';
import type { JournalFact } from '../journal/events.ts';
import { nameAndLabels } from '../probes/alert-identity.ts';
import { NoNotice, type Notice } from './pager-notice.ts';
import { pagerDutyPath, readPagerDuty, refused, taken } from './pager-pagerduty.ts';
import { readWebhook } from './pager-webhook.ts';

export type Pager = AsyncDisposable & {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** The annotations under which an alert was last delivered; where a responder finds the runbook. */
  readonly annotationsOf: (alert: string) => Readonly<Record<string, string>> | undefined;
};

type Answer = { readonly status: number; readonly body?: object };

/** PagerDuty takes half as much. */
const bytesMax = 1_000_000;

/** @param port Any that is free unless given. */
export const openPager = async (onFact: (fact: JournalFact) => void, port = 0): Promise<Pager> => {
  const inbox = openInbox(onFact);
  const refuse = (error: unknown): string => {
    const reason = reasonOf(error).replaceAll(/\s+/g, ' ').slice(0, 300);
    // Who hung up while speaking has said nothing.
    if (error instanceof NoNotice) onFact({ type: 'notification.refused', receiver: error.receiver, reason });
    return reason;
  };
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    // Alertmanager is no browser.
    if (request.headers.origin !== undefined) return { status: 403 };
    const path = new URL(request.url ?? '/', 'http://pager').pathname;
    const isPagerDuty = path.endsWith(pagerDutyPath);
    try {
      if (request.method !== 'POST') throw new NoNotice('a notification is posted', null);
      const given = await bodyOf(request);
      const notice = isPagerDuty ? readPagerDuty(path, given) : readWebhook(given);
      inbox.take(notice);
      return isPagerDuty ? { status: 202, body: taken(notice.group) } : { status: 200 };
    } catch (error) {
      const problem = refuse(error);
      return { status: 400, body: isPagerDuty ? refused(problem) : { error: problem } };
    }
  };
  const server = createServer((request, response) => {
    void answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(body === undefined ? '' : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${address.port}`,
    annotationsOf: inbox.annotationsOf,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};

/** What every receiver was told, and what of it is news. */
const openInbox = (onFact: (fact: JournalFact) => void) => {
  /** By receiver and labels; the group under which it was told last. */
  const active = new Map<string, { readonly receiver: string; readonly group: string; readonly fact: JournalFact }>();
  const annotations = new Map<string, Readonly<Record<string, string>>>();
  return {
    annotationsOf: (alert: string) => annotations.get(alert),
    take: ({ receiver, group, firing, resolved }: Notice): void => {
      for (const each of firing) {
        const { alert, labels, key } = nameAndLabels(each.labels);
        const known = `${receiver} ${key}`;
        const isNews = !active.has(known);
        active.set(known, { receiver, group, fact: { type: 'alert.resolved', alert, labels, receiver } });
        if (!isNews) continue;
        annotations.set(alert, each.annotations);
        onFact({ type: 'alert.delivered', alert, labels, receiver, group });
      }
      const over =
        resolved === 'all'
          ? [...active].filter(([, told]) => told.receiver === receiver && told.group === group).map(([known]) => known)
          : resolved.map(({ labels }) => `${receiver} ${nameAndLabels(labels).key}`);
      for (const known of over) {
        const told = active.get(known);
        if (active.delete(known) && told !== undefined) onFact(told.fact);
      }
    },
  };
};

/** @throws {NoNotice} for what is too large, or is not JSON. */
const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new NoNotice(`more than ${bytesMax} bytes`, null);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    throw new NoNotice('not JSON', null);
  }
};
