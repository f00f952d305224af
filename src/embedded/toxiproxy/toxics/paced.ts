/**
 * A stage that lets pieces of the stream leave later than they came. There is one queue with one timer for its head, so
 * nothing overtakes, and a late timer delivers all that is due: an error of the clock does not add up.
 */
import { createAlarm } from '../alarm.ts';
import { createFifo } from './fifo.ts';
import type { Attributes, Output, Stage } from './toxic.ts';

/** What may be held in pieces, as in the original; small ones cost more than their bytes. */
const chunksMax = 1_024;

/** Then other connections and the API have their turn: a stream cut into single bytes is a system call for each. */
const piecesInTurn = 256;

type Held = { readonly chunk: Buffer; readonly arrivedAtMs: number };

export type Pace<Of extends Attributes> = {
  /** How many bytes of the head, of which so many are left, may leave together; all unless given. */
  readonly bytesTogether?: (bytesLeft: number, attributes: Of) => number;
  /** When `bytes` of the head leave. `previousMs` is when those before them were due, -Infinity for the first. */
  readonly dueMs: (bytes: number, arrivedAtMs: number, previousMs: number, attributes: Of) => number;
  /** What may be held before the sender is made to wait. */
  readonly bytesMax: (attributes: Of) => number;
};

export const paced = <Of extends Attributes>(pace: Pace<Of>, first: Of, output: Output): Stage<Of> => {
  let attributes = first;
  const queue = createFifo<Held>();
  let bytesHeld = 0;
  let ending = false;
  let previousMs = -Infinity;
  /** Of the head; decided once, since it may be drawn at random. */
  let next: { readonly bytes: number; readonly dueMs: number } | undefined;

  const take = ({ chunk, arrivedAtMs }: Held, bytes: number): Buffer => {
    bytesHeld -= bytes;
    if (bytes < chunk.length) queue.replaceHead({ chunk: chunk.subarray(bytes), arrivedAtMs });
    else queue.removeHead();
    return chunk.subarray(0, bytes);
  };

  const passDue = (): void => {
    for (let passed = 0; ; passed += 1) {
      const head = queue.head();
      if (head === undefined) break;
      if (next === undefined) {
        const bytes = Math.min(head.chunk.length, pace.bytesTogether?.(head.chunk.length, attributes) ?? Infinity);
        next = { bytes, dueMs: pace.dueMs(bytes, head.arrivedAtMs, previousMs, attributes) };
      }
      if (passed === piecesInTurn || next.dueMs > performance.now()) return alarm.set(next.dueMs);
      previousMs = next.dueMs;
      const { bytes } = next;
      next = undefined;
      output.data(take(head, bytes));
    }
    if (ending) output.end();
  };
  const alarm = createAlarm(passDue);

  const takeAll = (): readonly Held[] => {
    alarm.clear();
    bytesHeld = 0;
    next = undefined;
    return queue.takeAll();
  };

  return {
    data: (chunk) => {
      queue.push({ chunk, arrivedAtMs: performance.now() });
      bytesHeld += chunk.length;
      if (next === undefined) passDue();
    },
    end: () => {
      ending = true;
      if (queue.length() === 0) output.end();
    },
    update: (changed) => {
      attributes = changed;
      previousMs = performance.now(); // no credit for the time under the old values
      next = undefined;
      alarm.clear();
      passDue();
    },
    release: () => {
      for (const { chunk } of takeAll()) output.data(chunk);
      if (ending) output.end();
    },
    drop: () => void takeAll(),
    get full() {
      return queue.length() >= chunksMax || bytesHeld >= pace.bytesMax(attributes);
    },
  };
};
