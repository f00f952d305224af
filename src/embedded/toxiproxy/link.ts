/**
 * One direction of a connection: what was read from `source` goes through the chain of stages, and what comes out is
 * written to `sink`. Reading stops while any stage is full or the receiver is behind, so that the sender feels it; nothing
 * else ever waits. There is no half-open state: the end behind the last byte closes the receiver's socket for good, which
 * the other direction then sees as the end of its own input.
 */
import type { Socket } from 'node:net';
import type { LiveToxic } from './live-toxic.ts';
import type { Output, Stage } from './toxics/toxic.ts';
import type { Meter } from './traffic.ts';

export type Link = {
  /** Takes what was read from the source. */
  readonly data: (chunk: Buffer) => void;
  /** As `data`, for bytes that the reader would like to overwrite. @returns whether they are still in use. */
  readonly lend: (chunk: Buffer) => boolean;
  /** Puts a toxic at the end of the chain. */
  readonly add: (toxic: LiveToxic) => void;
  /** The toxic's attributes or toxicity have changed. */
  readonly update: (toxic: LiveToxic) => void;
  /** Takes a toxic out of the chain; what it held passes on. */
  readonly remove: (toxic: LiveToxic) => void;
  /** Forgets everything: both sockets are closed. */
  readonly drop: () => void;
};

export type NewLink = {
  readonly source: Socket;
  readonly sink: Socket;
  readonly toxics: readonly LiveToxic[];
  readonly meter: Meter;
  /** Ends the connection on both sides with a TCP reset. */
  readonly reset: () => void;
};

/** A toxic in this chain. Whether it acts here is drawn once, so that a connection keeps its fate. */
type Slot = { readonly toxic: LiveToxic; readonly draw: number; stage: Stage | undefined };

export const createLink = ({ source, sink, toxics, meter, reset }: NewLink): Link => {
  const slots: Slot[] = [];
  let inputEnded = false;
  let outputEnded = false;
  let sinkBehind = false;

  const writer: Output = {
    data: (chunk) => {
      if (outputEnded || sink.destroyed) return;
      meter.sent += chunk.length;
      sinkBehind = !sink.write(chunk);
    },
    end: () => {
      if (outputEnded) return;
      outputEnded = true;
      if (sink.writableLength === 0) sink.destroy();
      else sink.end(() => sink.destroy());
    },
    reset,
  };

  /** What comes behind `slot`, or the first stage of all. Looked up anew each time: the chain changes under traffic. */
  const behind = (slot: Slot | undefined): Pick<Stage, 'data' | 'end'> => {
    for (let at = slot === undefined ? 0 : slots.indexOf(slot) + 1; at < slots.length; at += 1) {
      const stage = slots[at]?.stage;
      if (stage !== undefined) return stage;
    }
    return writer;
  };

  const regulate = (): void => {
    const full = sinkBehind || slots.some(({ stage }) => stage?.full === true);
    if (full) source.pause();
    else if (source.isPaused()) source.resume();
  };

  const start = (slot: Slot): void => {
    slot.stage = slot.toxic.kind.start(slot.toxic.attributes(), {
      data: (chunk) => {
        behind(slot).data(chunk);
        regulate();
      },
      end: () => behind(slot).end(),
      reset,
    });
  };

  /** While it passes on what it holds, the slot keeps its place. One write for all: the receiver gets it in one piece. */
  const release = (slot: Slot): void => {
    sink.cork();
    slot.stage?.release();
    sink.uncork();
    slot.stage = undefined;
    regulate();
  };

  const add = (toxic: LiveToxic): void => {
    const slot: Slot = { toxic, draw: Math.random(), stage: undefined };
    slots.push(slot);
    if (slot.draw < toxic.toxicity()) start(slot);
  };
  for (const toxic of toxics) add(toxic);

  const data = (chunk: Buffer): void => {
    if (inputEnded) return;
    meter.received += chunk.length;
    behind(undefined).data(chunk);
    regulate();
  };
  const inputEnd = (): void => {
    if (inputEnded) return;
    inputEnded = true;
    behind(undefined).end();
  };
  source.on('end', inputEnd);
  source.on('close', inputEnd);

  sink.on('drain', () => {
    sinkBehind = false;
    regulate();
  });
  sink.on('close', () => {
    outputEnded = true; // what still comes is read and forgotten
    sinkBehind = false;
    regulate();
  });

  return {
    data,
    lend: (chunk) => {
      // What is held must not keep the reader's large buffer for a few bytes.
      if (sink.writableLength > 0 || behind(undefined) !== writer) {
        data(Buffer.from(chunk));
        return false;
      }
      data(chunk);
      return sink.writableLength > 0;
    },
    add,
    update: (toxic) => {
      const slot = slots.find((each) => each.toxic === toxic);
      if (slot === undefined) return;
      const acts = slot.draw < toxic.toxicity();
      if (acts && slot.stage !== undefined) slot.stage.update(toxic.attributes());
      else if (acts) start(slot);
      else release(slot);
      regulate();
    },
    remove: (toxic) => {
      const slot = slots.find((each) => each.toxic === toxic);
      if (slot === undefined) return;
      release(slot);
      slots.splice(slots.indexOf(slot), 1);
    },
    drop: () => {
      for (const { stage } of slots) stage?.drop();
      slots.length = 0;
    },
  };
};
