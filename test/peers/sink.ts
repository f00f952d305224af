/** An Alertmanager that only remembers what it was told. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export type SentAlert = { readonly labels: Readonly<Record<string, string>>; readonly generatorURL: string };

export type AlertSink = {
  readonly address: string;
  readonly received: readonly SentAlert[];
  readonly close: () => void;
};

export const alertSink = async (): Promise<AlertSink> => {
  const received: SentAlert[] = [];
  const server = createServer((request, response) => {
    void json(request).then((alerts) => {
      received.push(...(alerts as readonly SentAlert[]));
      return response.writeHead(200).end();
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { address, received, close: () => server.close().closeAllConnections() };
};
