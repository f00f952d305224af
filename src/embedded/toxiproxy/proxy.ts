/**
 * One proxy: a listener, its connections, its toxics. Changes that listen or stop listening take turns; toxics change at
 * once, on open connections too, and never wait for a socket.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { reasonOf } from '../../errors.ts';
import { boundAddress, listenAddress, parseAddress, showAddress } from './address.ts';
import { ApiError, badBody } from './api-error.ts';
import { booleanField, countField, fieldsOf, stringField } from './body.ts';
import { createConnection, type Connection } from './connection.ts';
import { createToxic, type LiveToxic, type Stream, type ToxicView } from './live-toxic.ts';
import { createTimeToLive } from './time-to-live.ts';
import type { Traffic } from './traffic.ts';

/** As the API shows it. */
export type ProxyView = {
  readonly name: string;
  /** With the port that was taken, once it has listened. */
  readonly listen: string;
  readonly upstream: string;
  readonly enabled: boolean;
  readonly toxics: readonly ToxicView[];
  /** Milliseconds until a disabled proxy is enabled by itself. */
  readonly ttl?: number;
};

export type Proxy = {
  readonly view: () => ProxyView;
  /** Listens; connections are accepted from then on. @throws {ApiError} 500 with the system's reason. */
  readonly start: () => Promise<void>;
  /** For good: refuses new connections, drops those there are, undoes nothing by itself any more. */
  readonly retire: () => Promise<void>;
  /** Takes `listen`, `upstream`, `enabled` and `ttl`. Connections are left alone when nothing differs. */
  readonly change: (body: unknown) => Promise<void>;
  /** Whether a proxy described like this would be the same one. Port 0 never is. */
  readonly isAt: (listen: string, upstream: string) => Promise<boolean>;
  readonly addToxic: (body: unknown) => ToxicView;
  readonly toxic: (name: string) => ToxicView;
  readonly changeToxic: (name: string, body: unknown) => ToxicView;
  readonly removeToxic: (name: string) => void;
  readonly removeToxics: () => void;
};

export type NewProxy = {
  readonly name: string;
  readonly listen: string;
  readonly upstream: string;
  /** Until it starts by itself; 0 is never. */
  readonly ttl: number;
};

/** It does not listen yet. */
export const createProxy = (given: NewProxy, traffic: Traffic): Proxy => {
  const { name } = given;
  let { listen, upstream } = given;
  let retired = false;
  let server: Server | undefined;
  let toxics: readonly LiveToxic[] = [];
  const connections = new Set<Connection>();

  /** Neither address changes while it is open. */
  const accept = (opened: Server): void => {
    const address = parseAddress(upstream);
    const meter = (direction: Stream) => traffic.meter({ direction, listener: listen, proxy: name, upstream });
    const meters = { upstream: meter('upstream'), downstream: meter('downstream') };
    opened.on('connection', (client) => {
      if ('problem' in address || server !== opened) {
        client.destroy();
        return;
      }
      const connection = createConnection({
        client,
        upstream: { ...address, host: address.host === '' ? '127.0.0.1' : address.host },
        toxics: () => toxics,
        meters,
        onClosed: () => connections.delete(connection),
      });
      connections.add(connection);
    });
  };

  const open = async (): Promise<void> => {
    if (server !== undefined || retired) return;
    const { host, port } = await listenAddress(listen);
    const opened = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true, keepAlive: true });
    try {
      // Without a host Node listens on `::`, or on `0.0.0.0` where there is no IPv6.
      opened.listen({ ...(host === '::' ? {} : { host }), port, exclusive: true, backlog: 1_024 });
      await once(opened, 'listening');
    } catch (error) {
      const reason = reasonOf(error).includes('EADDRINUSE') ? 'bind: address already in use' : reasonOf(error);
      throw new ApiError(500, `listen tcp ${showAddress({ host, port })}: ${reason}`, { cause: error });
    }
    opened.on('error', () => {}); // one connection could not be accepted; the next may
    server = opened;
    listen = boundAddress(opened.address() as AddressInfo);
    accept(opened);
    life.end();
  };

  const close = async (): Promise<void> => {
    const closing = server;
    server = undefined;
    if (closing === undefined) return;
    const closed = new Promise<void>((resolve) => void closing.close(() => resolve()));
    for (const connection of connections) connection.destroy();
    await closed;
  };

  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (act: () => Promise<void>): Promise<void> => {
    const turn = last.then(act);
    last = turn.catch(() => {});
    return turn;
  };

  const life = createTimeToLive(() =>
    inTurn(async () => {
      if (life.leftMs() === 0) await open(); // else somebody was faster
    }),
  );
  life.set(given.ttl);

  const change = async (body: unknown): Promise<void> => {
    const fields = fieldsOf(body, 'a proxy');
    const written = {
      listen: stringField(fields, 'listen') ?? '',
      upstream: stringField(fields, 'upstream') ?? '',
      enabled: booleanField(fields, 'enabled'),
      ttl: countField(fields, 'ttl'),
    };
    // Before its turn: nobody waits for a name server.
    const resolved = written.listen === '' || written.listen === listen ? '' : await listenAddress(written.listen);
    await inTurn(async () => {
      if (retired) throw new ApiError(404, 'proxy not found');
      const listenWanted = resolved === '' ? listen : showAddress(resolved);
      const upstreamWanted = written.upstream || upstream;
      const enabled = written.enabled ?? server !== undefined;
      requireDisabled(enabled, written.ttl);
      if (listenWanted !== listen || upstreamWanted !== upstream) await close();
      listen = listenWanted;
      upstream = upstreamWanted;
      if (enabled) return await open();
      await close();
      if (written.ttl !== undefined) life.set(written.ttl);
    });
  };

  const find = (toxicName: string): LiveToxic => {
    const found = toxics.find((toxic) => toxic.name === toxicName);
    if (found === undefined) throw new ApiError(404, 'toxic not found');
    return found;
  };

  const remove = (toxic: LiveToxic): void => {
    toxic.retire();
    toxics = toxics.filter((each) => each !== toxic);
    for (const connection of connections) connection.remove(toxic);
  };

  return {
    view: () => {
      const leftMs = life.leftMs();
      const view = {
        name,
        listen,
        upstream,
        enabled: server !== undefined,
        toxics: inOrder(toxics).map((toxic) => toxic.view()),
      };
      return leftMs === undefined ? view : { ...view, ttl: leftMs };
    },
    start: () => inTurn(open),
    retire: () => {
      retired = true;
      life.end();
      for (const toxic of toxics) toxic.retire();
      return inTurn(close);
    },
    change,
    isAt: async (otherListen, otherUpstream) => {
      if (otherUpstream !== upstream) return false;
      const address = await listenAddress(otherListen);
      return address.port !== 0 && [otherListen, showAddress(address)].includes(listen);
    },
    addToxic: (body) => {
      const toxic = createToxic(body, {
        isTaken: (wanted) => toxics.some((each) => each.name === wanted),
        onExpired: remove,
      });
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

/** @throws {ApiError} where there would be nothing to undo. */
export const requireDisabled = (enabled: boolean, ttl: number | undefined): void => {
  if (enabled && ttl !== undefined && ttl > 0) throw badBody('ttl is for a disabled proxy, and for toxics');
};

/** The upstream chain, then the downstream one, each as created: the order in which they act. */
const inOrder = (toxics: readonly LiveToxic[]): readonly LiveToxic[] => [
  ...toxics.filter(({ stream }) => stream === 'upstream'),
  ...toxics.filter(({ stream }) => stream === 'downstream'),
];
