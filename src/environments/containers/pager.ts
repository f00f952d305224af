/**
 * Whoever is on call in the replica of `docker-compose.yml`. Prints what it is told, and hands every notification on as it
 * came: `GET /pages` answers with all of them so far, a line of JSON each, and then goes on with those that come.
 */
import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

/** A request as Alertmanager sent it. */
export type Page = { readonly path: string; readonly body: string };

type Webhook = {
  readonly receiver?: string;
  readonly alerts?: readonly {
    readonly status: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
};

const pages: string[] = [];
const readers = new Set<ServerResponse>();

const print = (body: string): void => {
  try {
    const { receiver = '', alerts = [] } = JSON.parse(body) as Webhook;
    for (const { status, labels, annotations } of alerts)
      console.log(
        [receiver, status, labels['alertname'], '-', annotations['summary'], annotations['runbook_url'] ?? ''].join(
          ' ',
        ),
      );
  } catch {
    console.log(`not a webhook of Alertmanager: ${JSON.stringify(body.slice(0, 200))}`);
  }
};

createServer((request, response) => {
  const { method, url: path = '/' } = request;
  if (method === 'POST')
    void text(request).then((body) => {
      print(body);
      const line = `${JSON.stringify({ path, body } satisfies Page)}\n`;
      pages.push(line);
      for (const reader of readers) reader.write(line);
      response.end();
    });
  else if (path === '/pages') {
    readers.add(response);
    response.once('close', () => readers.delete(response));
    response.writeHead(200, { 'content-type': 'application/jsonl' });
    response.flushHeaders();
    response.write(pages.join(''));
  } else response.end();
}).listen(Number(process.env['PORT'] ?? 9095));
