/**
 * The run's own receiver of notifications. Alertmanager posts its webhooks here (version 4), and only what arrives here
 * counts as delivered.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { JournalFact } from '../journal/events.ts';
import { nameAndLabels } from '../probes/alerts.ts';

/** Alertmanager's webhook body, as far as it is read. */
type Webhook = {
  readonly receiver: string;
  readonly alerts: readonly {
    readonly status: 'firing' | 'resolved';
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
};

export type Pager = AsyncDisposable & {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** The annotations under which an alert was last delivered; where a responder finds the runbook. */
  readonly annotationsOf: (alert: string) => Readonly<Record<string, string>> | undefined;
};

export const openPager = async (onFact: (fact: JournalFact) => void): Promise<Pager> => {
  const active = new Set<string>();
  const annotations = new Map<string, Readonly<Record<string, string>>>();
  const receive = ({ receiver, alerts }: Webhook): void => {
    for (const each of alerts) {
      const { alert, labels, key } = nameAndLabels(each.labels);
      const known = `${receiver} ${key}`;
      if (each.status === 'firing' && !active.has(known)) {
        active.add(known);
        annotations.set(alert, each.annotations);
        onFact({ type: 'alert.delivered', alert, labels, receiver });
      }
      if (each.status === 'resolved' && active.delete(known))
        onFact({ type: 'alert.resolved', alert, labels, receiver });
    }
  };
  const server = createServer((request, response) => {
    // Alertmanager is no browser, and what it sends is small.
    if (request.headers.origin !== undefined || Number(request.headers['content-length'] ?? 0) > 1_000_000) {
      response.writeHead(403).end();
      return;
    }
    json(request)
      .then((body) => {
        receive(body as Webhook);
        response.writeHead(200).end();
      })
      .catch((error: unknown) => response.writeHead(400).end(String(error)));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    annotationsOf: (alert) => annotations.get(alert),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};
