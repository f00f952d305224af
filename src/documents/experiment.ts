/** The experiment document: types here, reading below. */
import type { Ms } from '../units.ts';
import type { Placed } from './document.ts';
import type { OwnService, Route } from './service-settings.ts';

/**
 * What an environment may be asked to do; an experiment names what it needs and is refused by name where it is missing.
 * `shop`: the service is the built-in one, so its configuration has a pool, and it serves pages and takes pictures.
 */
export const capabilities = [
  'proxy',
  'settings',
  'restart-postgres',
  'restart-service',
  'configure-service',
  'prometheus',
  'alertmanager',
  'shop',
] as const;
export type Capability = (typeof capabilities)[number];

/** A bound on a measured number; both ends exclusive. At least one is given. */
export type Bound = { readonly below?: number; readonly above?: number };

/** A read-only measurement with the values that are good. `sql` must return one row with one boolean. */
export type Tolerance = Placed & { readonly name: string } & (
    | ({ readonly language: 'promql'; readonly query: string } & Bound)
    | { readonly language: 'sql'; readonly query: string }
  );

/** A fault as written: `- { at: 0s, lower-connection-limit: { max_connections: 14 } }`; params validated by its schema. */
export type FaultEntry = Placed & { readonly atMs: Ms; readonly fault: string; readonly params: unknown };

/**
 * More load for a while, counted from the fault: real, visible, and not what is wrong. `buyers`: more of them; `burst`:
 * pages for a robot that asks from a few addresses; `uploads`: pictures, which keep a worker of the web host busy.
 */
export type Spike = { readonly atMs: Ms; readonly forMs: Ms; readonly why: string } & (
  | { readonly kind: 'buyers'; readonly times: number }
  | { readonly kind: 'burst'; readonly ratePerSecond: number; readonly addresses: number }
  | { readonly kind: 'uploads'; readonly ratePerSecond: number }
);

export type AlertExpectation = Placed & {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly withinMs: Ms;
  readonly receiver: string;
  /** Absent where it cannot be asked for: an alert on a cause that no runbook can remove goes on firing, and rightly. */
  readonly resolvesWithinMs?: Ms;
};

export const runbookVerdicts = [
  'fixed',
  'mitigated',
  'false-success',
  'false-failure',
  'ineffective',
  'self-healed',
  'harmful',
  'blocked',
  'relapsed',
  'fixed-late',
  'no-alert',
  'no-runbook',
  'inconclusive',
] as const;
export type RunbookVerdict = (typeof runbookVerdicts)[number];

export type AbortCondition = Placed & { readonly name: string; readonly promql: string; readonly forMs: Ms } & Bound;

/** Of the built-in shop. */
export type ServiceSettings = {
  /** Processes behind the load balancer. */
  readonly instances: number;
  readonly pool: { readonly max: number; readonly acquireTimeoutMs: Ms; readonly idleTimeoutMs: Ms };
  /** How long a request of each kind keeps its connection besides the queries themselves. */
  readonly work: { readonly browseMs: Ms; readonly checkoutMs: Ms };
};

export type LoadSettings = {
  readonly arrivals: 'poisson' | 'constant';
  /** Buyers per second. */
  readonly ratePerSecond: number;
  readonly spikes: readonly Spike[];
  /** What a buyer asks for, one of these each; absent where it is a purchase at the built-in shop. */
  readonly routes?: readonly Route[];
};

export type Hint = { readonly level: 'nudge' | 'pointer' | 'solution'; readonly text: string };
export type Drill = {
  /** How much faster the alerting runs than in production, unless the command line says otherwise. */
  readonly speed: number;
  readonly timeScale: 1 | 2 | 3 | 5 | 10;
  readonly limitMs: Ms;
  readonly escalation?: { readonly required: boolean; readonly to: string };
  readonly distractors: readonly string[];
  readonly notes: readonly { readonly atMs: Ms; readonly to: string; readonly text: string }[];
  readonly hints: readonly Hint[];
  readonly harmful: readonly {
    readonly act: string;
    readonly severity: 'minor' | 'major' | 'critical';
    readonly why: string;
  }[];
};

export type Experiment = {
  /** The file's name without its ending. */
  readonly name: string;
  readonly file: string;
  readonly title: string;
  readonly summary: string;
  /** As a path of the same form as `file`; the reference lies beside it as NAME.reference.yaml. */
  readonly postmortem?: Placed & { readonly file: string };
  readonly needs: readonly Capability[];
  readonly service: ServiceSettings | OwnService;
  readonly load: LoadSettings;
  readonly steadyState: readonly Tolerance[];
  readonly faults: readonly FaultEntry[];
  readonly impact?: { readonly share: number; readonly of: 'buyers'; readonly tolerance: number };
  readonly expect: {
    readonly alerts: readonly AlertExpectation[];
    readonly quiet: { readonly allow: readonly string[] };
    /** `alert` names the expected alert whose runbook is followed; the first one unless given. */
    readonly runbook?: Placed & { readonly alert: string; readonly verdict: RunbookVerdict; readonly withinMs: Ms };
  };
  readonly abort: readonly AbortCondition[];
  /** Never shown to responders, never readable by runbooks. */
  readonly truth: {
    readonly components: readonly string[];
    readonly causes: readonly string[];
    readonly severity: string;
    /** `curable`: a runbook can remove the cause. `external`: it can only mitigate (a saturated line, a provider). */
    readonly nature: 'curable' | 'external';
    readonly healed: readonly Tolerance[];
    /** PostgreSQL settings and role attributes that a runbook may change without being harmful. */
    readonly mayChange: readonly string[];
  };
  readonly drill?: Drill;
};
