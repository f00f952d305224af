import { createAlarm } from '../alarm.ts';
import type { ToxicKind } from './toxic.ts';

/**
 * Swallows all data and closes the connection after `timeout` milliseconds without any; 0 never closes it. What was
 * swallowed is missing in the stream for good, so a connection is not given back to its owners when the toxic goes.
 */
export const timeout: ToxicKind<{ readonly timeout: number }> = {
  defaults: { timeout: 0 },
  removalCloses: true,
  start: ({ timeout: first }, output) => {
    let silenceMs = first;
    const alarm = createAlarm(() => output.end());
    const listen = (): void => alarm.set(silenceMs === 0 ? Infinity : performance.now() + silenceMs);
    listen();
    return {
      data: listen,
      end: () => output.end(),
      update: (changed) => {
        silenceMs = changed.timeout;
        listen();
      },
      release: () => alarm.clear(),
      drop: () => alarm.clear(),
      full: false,
    };
  },
};
