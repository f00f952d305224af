import { paced, type Pace } from './paced.ts';
import type { ToxicKind } from './toxic.ts';

type Bandwidth = { readonly rate: number };

/**
 * A piece leaves when the line has had time for all of it, at most 100 ms worth of data at once. The line is free from
 * the moment the piece before was due, so a late timer is made up for, but an idle line saves nothing up.
 */
const pace: Pace<Bandwidth> = {
  bytesTogether: (_bytesLeft, { rate }) => Math.max(rate * 100, 1),
  dueMs: (bytes, arrivedAtMs, previousMs, { rate }) => Math.max(arrivedAtMs, previousMs) + bytes / rate,
  // Enough to go on with while the sender is woken up, or a fast line would idle between its pieces.
  bytesMax: ({ rate }) => Math.min(Math.max(rate * 100, 65_536), 1_048_576),
};

/** Passes `rate` KB (of 1000 bytes) per second and connection, which is bytes per millisecond. 0 stalls the direction. */
export const bandwidth: ToxicKind<Bandwidth> = {
  defaults: { rate: 0 },
  start: (attributes, output) => paced(pace, attributes, output),
};
