import { paced, type Pace } from './paced.ts';
import { around, type ToxicKind } from './toxic.ts';

type Slicer = { readonly average_size: number; readonly size_variation: number; readonly delay: number };

/**
 * Halves, each time beside the middle by up to `size_variation`, until a piece is near enough to `average_size`. Only the
 * sizes of the halves that wait are kept, so that a chunk cut into single bytes takes no more room than a whole one.
 */
const slices = (): NonNullable<Pace<Slicer>['bytesTogether']> => {
  let waiting: number[] = []; // the next one last; together as long as what is left of the chunk
  return (bytesLeft, { average_size: average, size_variation: variation }) => {
    if (waiting.reduce((sum, size) => sum + size, 0) !== bytesLeft) waiting = [bytesLeft];
    const longest = average === 0 ? Infinity : average + variation;
    let size = waiting.pop() ?? bytesLeft;
    while (size > longest) {
      const middle = Math.floor(size / 2) + around(variation);
      const first = Math.min(Math.max(middle, 1), size - 1);
      waiting.push(size - first);
      size = first;
    }
    return size;
  };
};

/** Cuts the stream into small writes, `delay` microseconds apart. An `average_size` of 0 cuts nothing. */
export const slicer: ToxicKind<Slicer> = {
  defaults: { average_size: 0, size_variation: 0, delay: 0 },
  problem: ({ average_size: average, size_variation: variation }) =>
    variation > average ? `size_variation ${variation} is larger than average_size ${average}` : undefined,
  start: (attributes, output) =>
    paced(
      {
        bytesTogether: slices(),
        dueMs: (_bytes, arrivedAtMs, previousMs, { delay }) => Math.max(arrivedAtMs, previousMs + delay / 1_000),
        bytesMax: () => 65_536,
      },
      attributes,
      output,
    ),
};
