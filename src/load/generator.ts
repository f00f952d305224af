/**
 * Open-loop load: buyers come when the schedule says, whether or not those before them have been served. Latency counts from
 * the intended time, so a service that freezes is charged for everybody who would have had to wait, and so is a generator
 * that is late, which is why it also reports its own lag. (A closed loop sends less just when the service is at its
 * worst, and calls that good: "coordinated omission".)
 */
import type { Clock } from '../clock.ts';
import { ms } from '../units.ts';
import type { LoadConfig } from './config.ts';
import { openFrontDoor } from './front-door.ts';
import { windowRecorder } from './recorder.ts';
import { arrivalSchedule } from './schedule.ts';
import { sideTraffic, type SideTraffic } from './side-traffic.ts';
import type { LoadWindow } from './window.ts';

export type Load = {
  /** The fault is in: spikes are counted from now. */
  readonly startSpikes: () => void;
  /**
   * Ends the arrivals, lets the buyers under way finish for as long as one of them is patient, and reports the last window;
   * whoever is left then is counted there as in flight, neither served nor failed. Twice is harmless.
   */
  readonly stop: () => Promise<void>;
};

/** The longest nap: windows are reported at most this late. */
const napMs = 20;

/** Starts to send at once. @param targets At least one. */
export const startLoad = (
  config: LoadConfig,
  targets: readonly string[],
  clock: Clock,
  report: (window: LoadWindow) => void,
): Load => {
  const startedMs = clock.nowMs();
  const sinceStart = (): number => clock.nowMs() - startedMs;
  const schedule = arrivalSchedule(config);
  const recorder = windowRecorder(config.windowMs, report);
  const door = openFrontDoor(targets, config.timeoutMs, clock);
  let aside: { readonly traffic: SideTraffic; readonly fromMs: number } | undefined;
  let arrived = 0;
  let stopAtMs = Infinity;
  const arriving = (): boolean => stopAtMs === Infinity;

  /** A buyer looks at the products and, if there are any, checks out at the same instance. */
  const visit = async (headers: Readonly<Record<string, string>>, intendedMs: number): Promise<void> => {
    recorder.buyerSent(sinceStart(), sinceStart() - intendedMs);
    const browsed = await door.ask({ method: 'GET', path: '/products', headers });
    const browsedMs = sinceStart();
    recorder.requestEnded(browsedMs, browsedMs - intendedMs, browsed.problem);
    if (browsed.problem !== undefined) return recorder.buyerEnded(browsedMs, 'failed');
    const paid = await door.ask({ method: 'POST', path: '/checkout', headers, target: browsed.target });
    const paidMs = sinceStart();
    recorder.requestEnded(paidMs, paidMs - browsedMs, paid.problem);
    recorder.buyerEnded(paidMs, paid.problem === undefined ? 'succeeded' : 'failed');
  };

  const arrive = (intendedMs: number): void => {
    arrived += 1;
    if (recorder.inFlight() >= config.maxInFlight) recorder.buyerDropped(sinceStart());
    else void visit(headersOf(arrived, config.seed), intendedMs);
  };

  const run = async (): Promise<void> => {
    let nextMs = schedule.next();
    while (arriving() || (recorder.inFlight() > 0 && sinceStart() < stopAtMs)) {
      const nowMs = sinceStart();
      recorder.rollTo(nowMs);
      for (; arriving() && nextMs <= nowMs; nextMs = schedule.next()) arrive(nextMs);
      if (arriving() && aside !== undefined)
        for (const ask of aside.traffic.due(nowMs - aside.fromMs)) void door.ask(ask);
      await clock.sleep(ms(Math.min(napMs, arriving() ? nextMs - nowMs : napMs)));
    }
    recorder.close(sinceStart());
    door.close();
  };
  const ended = run();

  return {
    startSpikes: () => {
      const fromMs = sinceStart();
      schedule.startSpikes(fromMs);
      aside = { traffic: sideTraffic(config.spikes, config.seed), fromMs };
    },
    stop: () => {
      stopAtMs = Math.min(stopAtMs, sinceStart() + config.timeoutMs);
      return ended;
    },
  };
};

/** Each buyer has a name and an address of their own, from the block that is reserved for load tests (RFC 2544): no flood from one place. */
const headersOf = (buyer: number, seed: number): Readonly<Record<string, string>> => ({
  'content-length': '0',
  'user-agent': 'gameday-buyer',
  'x-buyer': `b${seed}-${buyer}`,
  'x-forwarded-for': `198.${18 + ((buyer >> 16) & 1)}.${(buyer >> 8) & 255}.${buyer & 255}`,
});
