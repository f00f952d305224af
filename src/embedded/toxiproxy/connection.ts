/** A client's connection, the one to the upstream that was opened for it, and the two links between them. */
import { connect, type Socket } from 'node:net';
import type { Address } from './address.ts';
import { createLink, type Link } from './link.ts';
import type { LiveToxic } from './live-toxic.ts';

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
  /** Both sockets are closed. */
  readonly onClosed: () => void;
};

/** Dials the upstream without making anyone wait; a client whose upstream does not answer is closed without a byte. */
export const createConnection = ({ client, upstream: address, toxics, onClosed }: NewConnection): Connection => {
  const upstream = connect({ ...address, allowHalfOpen: true, noDelay: true, keepAlive: true });
  let links: Readonly<Record<LiveToxic['stream'], Link>> | undefined;

  const sockets = [client, upstream];
  const destroy = (): void => sockets.forEach((socket) => socket.destroy());
  const reset = (): void => sockets.forEach((socket) => socket.resetAndDestroy());

  for (const socket of sockets) {
    socket.on('error', () => {}); // its close follows, and that is all that matters
    socket.once('close', () => {
      if (links === undefined) destroy();
      if (!sockets.every(({ closed }) => closed)) return;
      links?.upstream.drop();
      links?.downstream.drop();
      onClosed();
    });
  }

  upstream.once('connect', () => {
    const of = (stream: LiveToxic['stream']): LiveToxic[] => toxics().filter((toxic) => toxic.stream === stream);
    links = {
      upstream: createLink(client, upstream, of('upstream'), reset),
      downstream: createLink(upstream, client, of('downstream'), reset),
    };
    links.upstream.open();
    links.downstream.open();
  });

  return {
    add: (toxic) => links?.[toxic.stream].add(toxic),
    update: (toxic) => links?.[toxic.stream].update(toxic),
    remove: (toxic) => {
      if (links === undefined) return;
      links[toxic.stream].remove(toxic);
      if (toxic.kind.removalCloses === true) sockets.forEach((socket) => socket.destroySoon());
    },
    destroy,
  };
};
