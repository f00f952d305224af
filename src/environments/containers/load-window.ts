/**
 * Stands in for the load generator where Prometheus is a container and cannot reach it. Each request is a line to whoever
 * asked for `GET /asked`, and is answered with what is then posted to `/answers/` with its number.
 */
import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

/** Prometheus would not wait longer. */
const answeredWithinMs = 5_000;

const waiting = new Map<string, ServerResponse>();
const readers = new Set<ServerResponse>();
let asked = 0;

const answer = (number: string, status: number, type: string, body: string): void => {
  waiting.get(number)?.writeHead(status, { 'content-type': type }).end(body);
  waiting.delete(number);
};

createServer((request, response) => {
  const { method, url = '/', headers } = request;
  if (method === 'POST')
    void text(request).then((body) => {
      answer(url.slice('/answers/'.length), 200, headers['content-type'] ?? 'text/plain', body);
      response.end();
    });
  else if (url === '/asked') {
    readers.add(response);
    response.once('close', () => readers.delete(response));
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.flushHeaders();
  } else {
    const number = String((asked += 1));
    waiting.set(number, response);
    for (const reader of readers) reader.write(`${number}\n`);
    setTimeout(() => answer(number, 504, 'text/plain', 'nobody answers'), readers.size > 0 ? answeredWithinMs : 0);
  }
}).listen(Number(process.env['PORT'] ?? 8080));
