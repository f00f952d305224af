import { createAlarm } from '../alarm.ts';
import type { ToxicKind } from './toxic.ts';

const bytesMax = 65_536;

/**
 * Resets the connection (TCP RST, both sides) `timeout` milliseconds after the first data or end; an idle connection is
 * left alone. Data is held until then, so that removing the toxic in time loses nothing.
 */
export const resetPeer: ToxicKind<{ readonly timeout: number }> = {
  defaults: { timeout: 0 },
  start: ({ timeout: first }, output) => {
    let afterMs = first;
    let triggeredAtMs: number | undefined;
    let ending = false;
    let held: Buffer[] = [];
    let bytesHeld = 0;
    const alarm = createAlarm(() => output.reset());
    const trigger = (): void => {
      triggeredAtMs ??= performance.now();
      alarm.set(triggeredAtMs + afterMs);
    };
    const drop = (): void => {
      alarm.clear();
      held = [];
      bytesHeld = 0;
    };
    return {
      data: (chunk) => {
        held.push(chunk);
        bytesHeld += chunk.length;
        trigger();
      },
      end: () => {
        ending = true;
        trigger();
      },
      update: (changed) => {
        afterMs = changed.timeout;
        if (triggeredAtMs !== undefined) trigger();
      },
      release: () => {
        const chunks = held;
        drop();
        for (const chunk of chunks) output.data(chunk);
        if (ending) output.end();
      },
      drop,
      get full() {
        return bytesHeld >= bytesMax;
      },
    };
  },
};
