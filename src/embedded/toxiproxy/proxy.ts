/**
 * One proxy: a listener, its connections, its toxics. Changes that listen or stop listening take turns; toxics change at
 * once, on open connections too, and never wait for a socket.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { reasonOf } from '../../errors.ts';
import { boundAddress, listenAddress, parseAddress, showAddress } from './address.ts';
import { ApiError } from './api-error.ts';
import { booleanField, fieldsOf, stringField } from './body.ts';
import { createConnection, type Connection } from './connection.ts';
import { createToxic, type LiveToxic, type ToxicView } from './live-toxic.ts';

/** As the API shows it. */
export type ProxyView = {
  readonly name: string;
  /** With the port that was taken, once it has listened. */
  readonly listen: string;
  readonly upstream: string;
  readonly enabled: boolean;
  readonly toxics: readonly ToxicView[];
};

export type Proxy = {
  readonly view: () => ProxyView;
  /** Listens; connections are accepted from then on. @throws {ApiError} 500 with the system's reason. */
  readonly start: () => Promise<void>;
  /** Refuses new connections and drops those there are. */
  readonly stop: () => Promise<void>;
  /** Takes `listen`, `upstream` and `enabled`. Connections are left alone when nothing differs. */
  readonly change: (body: unknown) => Promise<void>;
  /** Whether a proxy described like this would be the same one. Port 0 never is. */
  readonly isAt: (listen: string, upstream: string) => Promise<boolean>;
  readonly addToxic: (body: unknown) => ToxicView;
  readonly toxic: (name: string) => ToxicView;
  readonly changeToxic: (name: string, body: unknown) => ToxicView;
  readonly removeToxic: (name: string) => void;
  readonly removeToxics: () => void;
};

export const createProxy = (given: { name: string; listen: string; upstream: string }): Proxy => {
  const { name } = given;
  let { listen, upstream } = given;
  let server: Server | undefined;
  let toxics: readonly LiveToxic[] = [];
  const connections = new Set<Connection>();

  const accept = (opened: Server): void => {
    opened.on('connection', (client) => {
      const address = parseAddress(upstream);
      if ('problem' in address || server !== opened) {
        client.destroy();
        return;
      }
      const connection = createConnection({
        client,
        upstream: { ...address, host: address.host === '' ? '127.0.0.1' : address.host },
        toxics: () => toxics,
        onClosed: () => connections.delete(connection),
      });
      connections.add(connection);
    });
  };

  const open = async (): Promise<void> => {
    if (server !== undefined) return;
    const { host, port } = await listenAddress(listen);
    const opened = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true, keepAlive: true });
    try {
      opened.listen({ host, port, exclusive: true, backlog: 1_024 });
      await once(opened, 'listening');
    } catch (error) {
      const reason = reasonOf(error).includes('EADDRINUSE') ? 'bind: address already in use' : reasonOf(error);
      throw new ApiError(500, `listen tcp ${showAddress({ host, port })}: ${reason}`, { cause: error });
    }
    opened.on('error', () => {}); // one connection could not be accepted; the next may
    server = opened;
    accept(opened);
    listen = boundAddress(opened.address() as AddressInfo);
  };

  const close = async (): Promise<void> => {
    const closing = server;
    server = undefined;
    if (closing === undefined) return;
    const closed = once(closing, 'close');
    closing.close();
    for (const connection of connections) connection.destroy();
    await closed;
  };

  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (act: () => Promise<void>): Promise<void> => {
    const turn = last.then(act);
    last = turn.catch(() => {});
    return turn;
  };

  const change = async (body: unknown): Promise<void> => {
    const fields = fieldsOf(body, 'a proxy');
    const upstreamWanted = stringField(fields, 'upstream') || upstream;
    const listenWritten = stringField(fields, 'listen') || listen;
    const enabled = booleanField(fields, 'enabled') ?? server !== undefined;
    const listenWanted = listenWritten === listen ? listen : showAddress(await listenAddress(listenWritten));
    if (listenWanted !== listen || upstreamWanted !== upstream) await close();
    listen = listenWanted;
    upstream = upstreamWanted;
    await (enabled ? open() : close());
  };

  const find = (toxicName: string): LiveToxic => {
    const found = toxics.find((toxic) => toxic.name === toxicName);
    if (found === undefined) throw new ApiError(404, 'toxic not found');
    return found;
  };

  const remove = (toxic: LiveToxic): void => {
    toxics = toxics.filter((each) => each !== toxic);
    for (const connection of connections) connection.remove(toxic);
  };

  return {
    view: () => ({
      name,
      listen,
      upstream,
      enabled: server !== undefined,
      toxics: inOrder(toxics).map(({ view }) => view()),
    }),
    start: () => inTurn(open),
    stop: () => inTurn(close),
    change: (body) => inTurn(() => change(body)),
    isAt: async (otherListen, otherUpstream) => {
      if (otherUpstream !== upstream) return false;
      const address = await listenAddress(otherListen);
      return address.port !== 0 && showAddress(address) === listen;
    },
    addToxic: (body) => {
      const toxic = createToxic(body, (wanted) => toxics.some((each) => each.name === wanted));
      toxics = [...toxics, toxic];
      for (const connection of connections) connection.add(toxic);
      return toxic.view();
    },
    toxic: (toxicName) => find(toxicName).view(),
    changeToxic: (toxicName, body) => {
      const toxic = find(toxicName);
      toxic.change(body);
      for (const connection of connections) connection.update(toxic);
      return toxic.view();
    },
    removeToxic: (toxicName) => remove(find(toxicName)),
    removeToxics: () => toxics.forEach(remove),
  };
};

/** The upstream chain, then the downstream one, each as created: the order in which they act. */
const inOrder = (toxics: readonly LiveToxic[]): readonly LiveToxic[] => [
  ...toxics.filter(({ stream }) => stream === 'upstream'),
  ...toxics.filter(({ stream }) => stream === 'downstream'),
];
