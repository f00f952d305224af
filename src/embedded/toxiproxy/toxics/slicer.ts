import { paced, type Pace } from './paced.ts';
import { around, type ToxicKind } from './toxic.ts';

type Slicer = { readonly average_size: number; readonly size_variation: number; readonly delay: number };

/** Halves, each time beside the middle by up to `size_variation`, until a piece is near enough to `average_size`. */
const slices = (chunk: Buffer, attributes: Slicer): readonly Buffer[] => {
  const { average_size: average, size_variation: variation } = attributes;
  if (average === 0 || chunk.length - average <= variation) return [chunk];
  const middle = Math.floor(chunk.length / 2) + around(variation);
  const at = Math.min(Math.max(middle, 1), chunk.length - 1);
  return [...slices(chunk.subarray(0, at), attributes), ...slices(chunk.subarray(at), attributes)];
};

const pace: Pace<Slicer> = {
  cut: slices,
  dueMs: (_bytes, arrivedAtMs, previousMs, { delay }) => Math.max(arrivedAtMs, previousMs + delay / 1_000),
  chunksMax: Infinity,
  bytesMax: 65_536,
};

/** Cuts the stream into small writes, `delay` microseconds apart. An `average_size` of 0 cuts nothing. */
export const slicer: ToxicKind<Slicer> = {
  defaults: { average_size: 0, size_variation: 0, delay: 0 },
  problem: ({ average_size: average, size_variation: variation }) =>
    variation > average ? `size_variation ${variation} is larger than average_size ${average}` : undefined,
  start: (attributes, output) => paced(pace, attributes, output),
};
