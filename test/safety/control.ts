/**
 * What a conductor may do to a bed, over HTTP: `POST /restart/postgres`, `POST /restart/service`, and the service's
 * configuration with GET and PUT. Both ends of it.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { UndoActs } from '../../src/safety/rollback.ts';
import type { BedService } from './service.ts';

type Controlled = { readonly postgres: () => Promise<void>; readonly service: BedService };

export type Control = {
  readonly url: string;
  /** What was asked goes on when who asked is gone: resolves when it is done. */
  readonly idle: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export const openControl = async ({ postgres, service }: Controlled): Promise<Control> => {
  const routes: Readonly<Record<string, (request: IncomingMessage) => Promise<string | void>>> = {
    'POST /restart/postgres': postgres,
    'POST /restart/service': service.restart,
    'GET /configuration': service.readConfiguration,
    'PUT /configuration': async (request) => service.writeConfiguration(await text(request)),
  };
  let asked: Promise<unknown> = Promise.resolve();
  const server = createServer((request, response) => {
    const route = routes[`${request.method} ${request.url}`];
    const answered = route === undefined ? Promise.reject(new Error(`no ${request.url}`)) : route(request);
    const done = answered.then(
      (answer) => void response.end(answer ?? ''),
      (error: unknown) => void response.writeHead(500).end(String(error)),
    );
    asked = Promise.all([asked, done]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    idle: async () => void (await asked),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** The acts of a conductor that was told the address. */
export const actsAt = (url: string): UndoActs => {
  const ask = async (path: string, init: RequestInit): Promise<string> => {
    const answer = await fetch(`${url}${path}`, init);
    const said = await answer.text();
    if (!answer.ok) throw new Error(said);
    return said;
  };
  return {
    restart: async (target) => void (await ask(`/restart/${target}`, { method: 'POST' })),
    readConfiguration: () => ask('/configuration', {}),
    writeConfiguration: async (body) => void (await ask('/configuration', { method: 'PUT', body })),
  };
};
