import type { ToxicKind } from './toxic.ts';

/** Closes the connection once `bytes` have passed; counted per connection from when the toxic was added. */
export const limitData: ToxicKind<{ readonly bytes: number }> = {
  defaults: { bytes: 0 },
  start: ({ bytes: first }, output) => {
    let limit = first;
    let passed = 0;
    return {
      data: (chunk) => {
        const part = chunk.subarray(0, Math.max(0, limit - passed));
        passed += part.length;
        if (part.length > 0) output.data(part);
        if (passed >= limit) output.end();
      },
      end: () => output.end(),
      update: (changed) => {
        limit = changed.bytes;
      },
      release: () => {},
      drop: () => {},
      full: false,
    };
  },
};
