/** A client's connection, the one to the upstream that was opened for it, and the two links between them. */
import { connect, type Socket } from 'node:net';
import type { Address } from './address.ts';
import { createLink, type Link } from './link.ts';
import type { LiveToxic, Stream } from './live-toxic.ts';
import { readInto } from './read-buffer.ts';
import type { Meter } from './traffic.ts';

export type Connection = {
  readonly add: (toxic: LiveToxic) => void;
  readonly update: (toxic: LiveToxic) => void;
  readonly remove: (toxic: LiveToxic) => void;
  /** Closes both sockets at once, whatever is held. */
  readonly destroy: () => void;
};

export type NewConnection = {
  /** Accepted and paused, open for writing after the client's end. */
  readonly client: Socket;
  readonly upstream: Address;
  /** Asked when the upstream has answered. */
  readonly toxics: () => readonly LiveToxic[];
  readonly meters: Readonly<Record<Stream, Meter>>;
  /** Both sockets are closed. */
  readonly onClosed: () => void;
};

/** Dials the upstream without making anyone wait; a client whose upstream does not answer is closed without a byte. */
export const createConnection = (given: NewConnection): Connection => {
  const { client, toxics, meters, onClosed } = given;
  let links: Readonly<Record<Stream, Link>> | undefined;
  const upstream = connect({
    ...given.upstream,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    onread: readInto((chunk) => links?.downstream.lend(chunk) ?? false),
  });

  const sockets = [client, upstream];
  const destroy = (): void => sockets.forEach((socket) => socket.destroy());
  const reset = (): void => sockets.forEach((socket) => socket.resetAndDestroy());

  for (const socket of sockets) {
    socket.on('error', () => {}); // its close follows, and that is all that matters
    socket.on('close', () => {
      if (links === undefined) destroy();
      if (!sockets.every(({ closed }) => closed)) return;
      links?.upstream.drop();
      links?.downstream.drop();
      onClosed();
    });
  }

  upstream.on('connect', () => {
    const link = (stream: Stream, source: Socket, sink: Socket): Link =>
      createLink({
        source,
        sink,
        toxics: toxics().filter((toxic) => toxic.stream === stream),
        meter: meters[stream],
        reset,
      });
    links = { upstream: link('upstream', client, upstream), downstream: link('downstream', upstream, client) };
    client.on('data', links.upstream.data).resume();
  });

  return {
    add: (toxic) => links?.[toxic.stream].add(toxic),
    update: (toxic) => links?.[toxic.stream].update(toxic),
    remove: (toxic) => {
      links?.[toxic.stream].remove(toxic);
      // At once: a reader that stalls would keep it open for good.
      if (links !== undefined && toxic.kind.removalCloses === true) destroy();
    },
    destroy,
  };
};
