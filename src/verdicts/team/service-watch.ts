/**
 * How the service did during a drill, read from the measurements as they come, in memory that does not grow with them.
 *
 * - *restored*: healed as the oracle means it (`healed.ts`), for H at least. Its windows are good: buyers came, fewer than
 *   1 % of them failed, every steady-state probe was last seen good. Like the oracle it begins with the first of eight good
 *   windows among ten, with the cause gone, and ends with the third bad one among ten: isolated bad windows are a busy
 *   machine's noise. The conductor, which ends a drill, asks the same oracle, so that the two never disagree.
 * - *relieved*: restored; or every cause probe was last measured good, after one of them had been bad; or buyers, after they
 *   had suffered, are served again by the same rule for H. A cause measured bad again takes its part back at once. For a
 *   cause outside the team's reach (`external`) the causes do not count.
 *
 * A probe without data tells nothing: it neither begins a cure nor takes one back.
 */
import type { Plan } from '../../plan/plan.ts';
import { healing, type OraclePlan } from '../healed.ts';
import { longerThan, unionOf, type Spell } from './spells.ts';
import type { EventOf } from '../trials.ts';

export type ServiceCourse = {
  readonly relieved: readonly Spell[];
  readonly restored: readonly Spell[];
  /** The share of failed buyers, summed over time: one minute in which everybody fails is 1. */
  readonly failedMinutes: number;
};

type Measured = EventOf<'load.measured'> | EventOf<'probe.measured'>;

type Watch = { readonly hear: (event: Measured) => void; readonly end: () => readonly Spell[] };

/** Hears everything from the moment on in which something may be broken. */
export const watchService = (plan: Plan, holdMs: number) => {
  const healed = watchHealing(plan);
  const served = watchHealing(onlyBuyers(plan));
  const cured = watchCauses(plan);
  let failedMinutes = 0;
  return {
    hear: (event: Measured): void => {
      healed.hear(event);
      if (event.type === 'probe.measured') {
        if (event.kind === 'cause') cured.hear(event);
        return;
      }
      served.hear(event);
      if (event.buyers > 0) failedMinutes += ((event.buyersFailed / event.buyers) * event.windowMs) / 60_000;
    },
    end: (untilMs: number): ServiceCourse => {
      const restored = longerThan(healed.end(), holdMs, untilMs);
      const calm = longerThan(served.end(), holdMs, untilMs);
      return { relieved: unionOf([...cured.end(), ...calm, ...restored]), restored, failedMinutes };
    },
  };
};

/** The oracle, asked about nothing but buyers. */
const onlyBuyers = (plan: Plan): OraclePlan => ({
  ...plan,
  steadyState: [],
  truth: { ...plan.truth, nature: 'external', healed: [] },
});

const watchHealing = (plan: OraclePlan): Watch => {
  const look = healing(plan);
  const spells: Spell[] = [];
  let open: Spell | undefined;
  return {
    hear: (event) => {
      const healed = look(event);
      if (healed !== undefined) open ??= { fromMs: healed.sinceMs, toMs: null, evidence: healed.evidence };
      else if (open !== undefined) {
        spells.push({ ...open, toMs: event.atMs });
        open = undefined;
      }
    },
    end: () => (open === undefined ? spells : [...spells, open]),
  };
};

const watchCauses = ({ truth }: Plan) => {
  const wanted = truth.nature === 'external' ? [] : truth.healed.map(({ name }) => name);
  const good = new Map<string, boolean>();
  const spells: Spell[] = [];
  let ill = false;
  let open: Spell | undefined;
  return {
    hear: (probe: EventOf<'probe.measured'>): void => {
      if (probe.value === null || !wanted.includes(probe.name)) return;
      good.set(probe.name, probe.good);
      ill ||= !probe.good;
      if (ill && wanted.every((name) => good.get(name) === true))
        open ??= { fromMs: probe.atMs, toMs: null, evidence: [probe.seq] };
      else if (open !== undefined) {
        spells.push({ ...open, toMs: probe.atMs });
        open = undefined;
      }
    },
    end: (): readonly Spell[] => (open === undefined ? spells : [...spells, open]),
  };
};
