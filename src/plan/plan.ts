/** What will happen, printable before anything is touched, and stored whole in the journal's first event. */
import type { Bound, Capability, LoadSettings, RunbookVerdict, ServiceSettings } from '../documents/experiment.ts';
import type { DrillMark } from '../documents/drill-mark.ts';
import type { OwnService } from '../documents/service-settings.ts';
import type { ActionItem, ReferenceEvent } from '../documents/reference.ts';
import type { Place } from '../errors.ts';
import type { Ms } from '../units.ts';

/** A measurement ready to be made: `query` is already compressed by the plan's speed, `written` is the document's text. */
export type PlannedProbe = {
  readonly name: string;
  readonly written: string;
  readonly at: Place;
} & (
  | ({ readonly language: 'promql'; readonly query: string } & Bound)
  | { readonly language: 'sql'; readonly query: string }
);

export type PlannedFault = {
  /** Unique in the run: `1-lower-connection-limit`. */
  readonly id: string;
  readonly fault: string;
  readonly params: unknown;
  readonly atMs: Ms;
  /** One line in words. */
  readonly description: string;
};

/** The rule behind an expected alert, as written and as it is run. */
export type PlannedRule = {
  readonly at: Place;
  readonly expr: string;
  readonly compressed: string;
  readonly forMs: Ms;
  readonly labels: Readonly<Record<string, string>>;
  readonly runbookUrl: string | null;
  /** Where the condition is `VALUE op NUMBER`: how far the value came is a question of its own. */
  readonly threshold: { readonly query: string; readonly op: string; readonly value: number } | null;
};

/** All durations as written: the team's own time. One real second counts as `speed` seconds of it. */
export type PlannedAlert = {
  readonly name: string;
  readonly at: Place;
  readonly labels: Readonly<Record<string, string>>;
  readonly withinMs: Ms;
  readonly receiver: string;
  /** null: it is not asked to resolve. */
  readonly resolvesWithinMs: Ms | null;
  readonly rule: PlannedRule;
};

/**
 * `training` coaches: hints are free, the reference may be shown whole, and there is no total. `evaluation` measures.
 */
export type DrillMode = 'training' | 'evaluation';
export type HintLevel = 'nudge' | 'pointer' | 'solution';

/** What a drill adds to an experiment. Durations are real ones: nothing here is compressed by `speed`. */
export type PlannedDrill = {
  readonly mode: DrillMode;
  /** k: how much the postmortem's own gaps are compressed, for the score and the ghost. */
  readonly timeScale: number;
  readonly limitMs: Ms;
  /** H: how long everything must have been green before "resolved" is true. 60 s of the machines' time. */
  readonly holdMs: Ms;
  readonly escalation: { readonly required: boolean; readonly to: string } | null;
  /** What responders can choose from, truth and distractors alike, sorted, so that the order tells nothing. */
  readonly components: readonly string[];
  /** `component/class` */
  readonly causes: readonly string[];
  /** Whom an incident can be escalated to. */
  readonly roles: readonly string[];
  readonly notes: readonly { readonly atMs: Ms; readonly to: string; readonly text: string }[];
  /** `cost`: points of 8 that it takes; 0 in training. */
  readonly hints: readonly { readonly level: HintLevel; readonly text: string; readonly cost: number }[];
  readonly harmful: readonly {
    readonly act: string;
    readonly severity: 'minor' | 'major' | 'critical';
    readonly why: string;
  }[];
};

/** Servers of the team's own that a run goes against, and how far it may go there. */
export type PlannedTarget = {
  /** As gameday.yaml calls it. */
  readonly name: string;
  /** `staging-db:5432/shop` */
  readonly address: string;
  /** Where on this machine its Alertmanager finds the run's receiver; null where it has none. */
  readonly pagerPort: number | null;
  readonly connections: number;
  readonly durationMs: Ms;
};

export type Plan = {
  readonly version: 1;
  readonly experiment: { readonly name: string; readonly title: string; readonly file: string };
  readonly mode: 'verify' | 'drill';
  readonly proof: 'single' | 'full';
  readonly speed: number;
  readonly seed: number;
  readonly environment: 'embedded' | 'containers' | 'attached';
  /** Only where the environment is attached. */
  readonly target?: PlannedTarget;
  /** Which names and which semantics the team's rules were written for; see gameday.yaml. Absent in older plans. */
  readonly monitoring?: {
    readonly metrics: 'postgres_exporter' | 'cloudnative-pg';
    readonly prometheus: 2 | 3;
    /** How notifications are told from real ones; null: not at all. Absent in older plans. */
    readonly drillMark?: DrillMark | null;
  };
  /** Versions of the real servers that take the place of stand-ins; absent where none does. */
  readonly originals?: Readonly<Partial<Record<'toxiproxy' | 'prometheus' | 'alertmanager', string>>>;
  readonly needs: readonly Capability[];
  /** The built-in shop, or the team's own. */
  readonly service: ServiceSettings | OwnService;
  readonly load: LoadSettings;
  readonly steadyState: readonly PlannedProbe[];
  readonly faults: readonly PlannedFault[];
  readonly impact: { readonly share: number; readonly of: 'buyers'; readonly tolerance: number } | null;
  readonly alerts: readonly PlannedAlert[];
  readonly quiet: { readonly allow: readonly string[] };
  /** Rules that would mean something else at this speed, and therefore run in real time. */
  readonly realTime: readonly { readonly rule: string; readonly reason: string }[];
  /** `file` is set where the runbook was chosen by hand (the matrix) instead of through the alert's runbook_url. */
  readonly runbook: {
    readonly alert: string;
    readonly verdict: RunbookVerdict;
    readonly withinMs: Ms;
    readonly file: string | null;
  } | null;
  readonly abort: readonly { readonly probe: PlannedProbe; readonly forMs: Ms }[];
  readonly truth: {
    readonly components: readonly string[];
    readonly causes: readonly string[];
    readonly severity: string;
    readonly nature: 'curable' | 'external';
    readonly healed: readonly PlannedProbe[];
    readonly mayChange: readonly string[];
  };
  readonly reference: {
    readonly file: string;
    readonly postmortem: string;
    /** The Markdown is no longer the text that was reviewed. */
    readonly drifted: boolean;
    /** To how much the postmortem rounds its times. */
    readonly granularityMs: Ms;
    readonly severity: string;
    readonly timeline: readonly ReferenceEvent[];
    readonly actionItems: readonly ActionItem[];
  } | null;
  readonly observation: {
    readonly warmUpMs: Ms;
    readonly baselineMs: Ms;
    /** How long the damage is watched at least before the runbook begins. */
    readonly impactMs: Ms;
    readonly windowMs: Ms;
    /** Healed: `good` of `of` consecutive windows. */
    readonly healed: { readonly good: number; readonly of: number };
    readonly settleMs: Ms;
  };
  /** null in `verify`, where nobody is there. */
  readonly drill: PlannedDrill | null;
  /** Everything the plan was made from, by path and SHA-256; copies lie in the run's folder. */
  readonly documents: readonly { readonly file: string; readonly sha256: string }[];
};
