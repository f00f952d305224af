import type { ToxicKind } from './toxic.ts';

/** Does nothing. */
export const noop: ToxicKind<Readonly<Record<never, number>>> = {
  defaults: {},
  start: (_attributes, { data, end }) => ({
    data,
    end,
    update: () => {},
    release: () => {},
    drop: () => {},
    full: false,
  }),
};
