/**
 * Open-loop load: buyers come when the schedule says, whether or not those before them have been served. Latency counts from
 * the intended time, so a service that freezes is charged for everybody who would have had to wait, and so is a generator
 * that is late, which is why it also reports its own lag. (A closed loop sends less just when the service is at its
 * worst, and calls that good: "coordinated omission".)
 */
import type { Clock } from '../clock.ts';
import { ms } from '../units.ts';
import type { LoadConfig, Visit } from './config.ts';
import { openFrontDoor } from './front-door.ts';
import { routeOf, type RequestSeen } from './metrics.ts';
import { seededRandom } from './random.ts';
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

/** Starts to send at once. @param targets At least one. @param seen Told of every request that ended. */
export const startLoad = (
  config: LoadConfig,
  targets: readonly string[],
  clock: Clock,
  report: (window: LoadWindow) => void,
  seen: RequestSeen = () => {},
): Load => {
  const startedMs = clock.nowMs();
  const sinceStart = (): number => clock.nowMs() - startedMs;
  const schedule = arrivalSchedule(config);
  const recorder = windowRecorder(config.windowMs, report);
  const door = openFrontDoor(targets, config.timeoutMs, clock);
  const nextVisit = visitsInTurn(config);
  let aside: { readonly traffic: SideTraffic; readonly fromMs: number } | undefined;
  let arrived = 0;
  let stopAtMs = Infinity;
  const arriving = (): boolean => stopAtMs === Infinity;

  const visit = async (
    { asks }: Visit,
    headers: Readonly<Record<string, string>>,
    intendedMs: number,
  ): Promise<void> => {
    recorder.buyerSent(sinceStart(), sinceStart() - intendedMs);
    let fromMs = intendedMs;
    let target: number | undefined;
    for (const ask of asks) {
      const answered = await door.ask({
        ...{ ...ask, headers: { ...headers, ...ask.headers } },
        ...(target === undefined ? {} : { target }),
      });
      const nowMs = sinceStart();
      const { problem } = answered;
      recorder.requestEnded(nowMs, nowMs - fromMs, problem);
      seen(routeOf(ask), nowMs - fromMs, problem);
      if (problem !== undefined) return recorder.buyerEnded(nowMs, 'failed');
      ({ target } = answered);
      fromMs = nowMs;
    }
    recorder.buyerEnded(fromMs, 'succeeded');
  };

  const arrive = (intendedMs: number): void => {
    arrived += 1;
    if (recorder.inFlight() >= config.maxInFlight) recorder.buyerDropped(sinceStart());
    else void visit(nextVisit(), headersOf(arrived, config.seed), intendedMs);
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

/** Which visit the next buyer makes: by weight, and the same for the same seed. */
const visitsInTurn = ({ visits, seed }: LoadConfig): (() => Visit) => {
  const [only, ...others] = visits;
  if (only === undefined) throw new Error('load needs at least one kind of visit');
  if (others.length === 0) return () => only;
  const random = seededRandom(~seed);
  const whole = visits.reduce((sum, { weight }) => sum + weight, 0);
  return () => {
    let left = random() * whole;
    return visits.find(({ weight }) => (left -= weight) < 0) ?? only;
  };
};

/** Each buyer has a name and an address of their own, from the block that is reserved for load tests (RFC 2544): no flood from one place. */
const headersOf = (buyer: number, seed: number): Readonly<Record<string, string>> => ({
  'user-agent': 'gameday-buyer',
  'x-buyer': `b${seed}-${buyer}`,
  'x-forwarded-for': `198.${18 + ((buyer >> 16) & 1)}.${(buyer >> 8) & 255}.${buyer & 255}`,
});
