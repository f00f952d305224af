import { createAlarm } from '../alarm.ts';
import type { ToxicKind } from './toxic.ts';

/** Delays the sender's close by `delay` milliseconds; data is not delayed. */
export const slowClose: ToxicKind<{ readonly delay: number }> = {
  defaults: { delay: 0 },
  start: ({ delay: first }, output) => {
    let delay = first;
    let ending = false;
    const alarm = createAlarm(() => output.end());
    return {
      data: (chunk) => output.data(chunk),
      end: () => {
        ending = true;
        alarm.set(performance.now() + delay);
      },
      update: (changed) => {
        ({ delay } = changed);
        if (ending) alarm.set(performance.now() + delay);
      },
      release: () => {
        alarm.clear();
        if (ending) output.end();
      },
      drop: () => alarm.clear(),
      full: false,
    };
  },
};
