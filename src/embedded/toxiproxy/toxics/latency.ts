import { paced, type Pace } from './paced.ts';
import { around, type ToxicKind } from './toxic.ts';

type Latency = { readonly latency: number; readonly jitter: number };

/** Counted from arrival, so that the spacing of the data is kept. The bounds are those of Toxiproxy's own buffer. */
const pace: Pace<Latency> = {
  dueMs: (_bytes, arrivedAtMs, _previousMs, { latency, jitter }) => arrivedAtMs + latency + around(jitter),
  bytesMax: () => 32 * 1_048_576,
};

/** Delays all data by `latency` ± `jitter` milliseconds. Neither connecting nor a close without data is delayed. */
export const latency: ToxicKind<Latency> = {
  defaults: { latency: 0, jitter: 0 },
  start: (attributes, output) => paced(pace, attributes, output),
};
