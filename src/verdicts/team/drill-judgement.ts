/**
 * Everything that can be said about a drill, as a function of its journal alone, read once. It may be asked of a journal
 * that is still growing: then it says how things stand, and gives no score yet.
 */
import type { JournalEvent } from '../../journal/events.ts';
import type { Plan } from '../../plan/plan.ts';
import { ms } from '../../units.ts';
import { actionItemVerdicts, type ActionItemVerdict } from '../action-items.ts';
import { autonomyItem, hintsOf } from './autonomy.ts';
import { claimsItem, type Claim } from './claims.ts';
import { cadenceItem, closingItem, leadItem, severityItem, silencesOf } from './communication.ts';
import { debriefQuestions, isExpectedLead, type DebriefQuestion, type WrongLead } from './debrief.ts';
import { drillChecks, nothingToScore } from './drill-validity.ts';
import { exitOf, type Exit } from '../exit.ts';
import { residueOf, type Residue } from '../faults.ts';
import { equivalenceOf, milestoneTable, type MilestoneRow } from './milestone-table.ts';
import { scoreReadiness, type Readiness } from '../readiness.ts';
import { readinessCounts, usefulSteps } from '../readiness-counts.ts';
import { escalationPoints, escalationSegment, isCoarse, segmentsOf, unusable } from './segments.ts';
import { stepsOf, type StepRecord } from '../runbook/steps.ts';
import { storyOf, type Story } from './story.ts';
import { drillFacts } from './facts.ts';
import { harmsOf, safetyItem, type Harm } from './harm.ts';
import { notObserved, type TeamItem } from './item.ts';
import { gateOf, teamScore, type TeamScore } from './score.ts';
import { timed, timingItem, type Timed } from './timing.ts';
import { trialsOf, type EventOf } from '../trials.ts';
import { wrongLeadsItem, wrongLooks } from './wrong-leads.ts';

/** Raised with every change of a rule or a weight: what was scored otherwise is not comparable. */
export const scoringVersion = 'v1';

export type DrillJudgement = {
  readonly scoring: typeof scoringVersion;
  readonly runId: string;
  readonly startedAt: string;
  readonly version: string;
  readonly plan: Plan;
  readonly exit: Exit;
  readonly residue: readonly Residue[];
  /** On the run's clock: when it was detected, or else injected; from here people count. null: nothing happened yet. */
  readonly originMs: number | null;
  /** The end of people's time, or of the journal. */
  readonly untilMs: number;
  readonly durationMs: number;
  readonly milestones: readonly MilestoneRow[];
  /** `restored at T+18:40; at 1:5 about 1 h 33 min of the reference's 2 h 30 min (…)`; null: not restored. */
  readonly equivalence: string | null;
  /** The stretches of the way, escalation last; `to` is the id of the objective. */
  readonly timings: readonly Timed[];
  /** Only the two ends of the postmortem's way are known. */
  readonly coarse: boolean;
  /** Every line of the score with its rating; empty before anything was broken. */
  readonly objectives: readonly TeamItem[];
  /** The same if the postmortem's gaps had been one granularity shorter, or longer: the ends of the range. */
  readonly range: { readonly shorter: readonly TeamItem[]; readonly longer: readonly TeamItem[] };
  readonly wrongLeads: readonly WrongLead[];
  readonly claims: readonly Claim[];
  readonly hints: readonly EventOf<'hint.taken'>[];
  readonly harms: readonly Harm[];
  /** The share of failed buyers, summed over time: one minute in which everybody fails is 1. */
  readonly failedMinutes: number;
  /** null in training and where nothing can be scored; then `teamWithheld` says why. */
  readonly team: TeamScore | null;
  readonly teamWithheld: string | null;
  readonly readiness: Readiness | null;
  readonly readinessWithheld: string | null;
  readonly actionItems: readonly ActionItemVerdict[];
  /** The steps that people ran, as they ended last. */
  readonly steps: readonly StepRecord[];
  /** The same experiment was drilled here before: memory is measured, too. */
  readonly seenBefore: boolean;
  readonly questions: readonly DebriefQuestion[];
};

/**
 * @param events A journal from its beginning, as far as it goes; read once, and not kept.
 * @throws {GamedayError} DOCUMENT_INVALID where it does not begin with the `run.started` of a drill.
 */
export const drillJudgement = (events: Iterable<JournalEvent>): DrillJudgement => {
  const facts = drillFacts(events);
  const story = storyOf(facts);
  const { started, record, response, drill, injected } = facts;
  const { plan } = started;
  const { run, claims, reference } = story;
  const trial = trialsOf(record).find((each) => each.trial === 'fault');
  const residue = residueOf(record);
  const exit = exitOf(record, drillChecks(facts), residue);
  const invalid = nothingToScore(facts);
  const training = drill.mode === 'training' ? 'training is for learning; only an evaluation is scored' : null;
  // An alert that is missing is a finding about the system; people cannot be late for what nobody told them.
  const untold =
    run.notified === null ? 'nobody was ever told of it: no page came, and nobody saw it without one' : null;
  const teamWithheld = invalid ?? unusable(reference) ?? untold ?? training;

  const granularityMs = plan.reference?.granularityMs ?? 0;
  const itemsAt = (shiftMs: number): readonly TeamItem[] =>
    injected === undefined ? [] : itemsOf(story, timingsOf(story, shiftMs));
  const objectives = itemsAt(0);
  const range = { shorter: itemsAt(0 - granularityMs), longer: itemsAt(granularityMs) };
  const harms = harmsOf(story);
  const gate = gateOf({
    restored: run.restored !== null,
    critical: harms.some(({ severity }) => severity === 'critical'),
  });

  const actionItems = actionItemVerdicts(plan, { started, trial, runbook: undefined });
  const steps = lastRuns(stepsOf(response));
  const readiness =
    trial === undefined || invalid !== null
      ? undefined
      : scoreReadiness(
          readinessCounts(trial, plan, {
            healed: run.restored === null ? undefined : { ...run.restored, sinceMs: ms(run.restored.atMs) },
            steps,
            recoveryExpected: true,
            useful: usefulSteps(response),
            actionItems,
          }),
        );

  const timings = timingsOf(story);
  const wrongLeads = wrongLeadsOf(story);
  const hints = hintsOf(story);
  return {
    scoring: scoringVersion,
    runId: started.runId,
    startedAt: started.startedAt,
    version: started.version,
    plan,
    exit,
    residue,
    originMs: (run.detected ?? injected)?.atMs ?? null,
    untilMs: facts.untilMs,
    durationMs: facts.durationMs,
    milestones: milestoneTable(story),
    equivalence: equivalenceOf(story),
    timings,
    coarse: isCoarse(reference),
    objectives,
    range,
    wrongLeads,
    claims,
    hints,
    harms,
    failedMinutes: facts.service.failedMinutes,
    team: teamWithheld === null ? teamScore(objectives, range, gate) : null,
    teamWithheld,
    readiness: readiness ?? null,
    readinessWithheld: invalid,
    actionItems,
    steps,
    seenBefore: started.history.some(({ mode }) => mode === 'drill'),
    questions: debriefQuestions({
      clock: story.clock,
      wrongLeads,
      timings: untold === null ? timings : [],
      claims,
      hints,
      harms,
      silences: silencesOf(story).gaps,
      escalation: untold === null ? escalationOf(story) : null,
    }),
  };
};

const timingsOf = (story: Story, shiftMs = 0): readonly Timed[] => {
  if (unusable(story.reference) !== null) return [];
  const escalation = escalationSegment(story);
  return [...segmentsOf(story), ...(escalation === undefined ? [] : [escalation])].map((segment) =>
    timed(segment, story.facts.drill.timeScale, shiftMs),
  );
};

const itemsOf = (story: Story, timings: readonly Timed[]): readonly TeamItem[] => [
  ...timings.map((each) => timingItem(each, story.facts.drill.timeScale)),
  ...(timings.some(({ to }) => to === 'escalated') ? [] : [noEscalation(story)]),
  wrongLeadsItem(story),
  claimsItem(story),
  safetyItem(story),
  cadenceItem(story),
  severityItem(story),
  leadItem(story),
  closingItem(story),
  autonomyItem(story),
];

const noEscalation = ({ reference }: Story): TeamItem =>
  notObserved({
    id: 'escalated',
    group: 'timing',
    name: 'engaged → escalated',
    max: escalationPoints,
    visible: reference.escalated === null ? 'the postmortem has no time for it' : 'neither needed nor done',
  });

const wrongLeadsOf = (story: Story): readonly WrongLead[] =>
  wrongLooks(story).map(({ components, fromMs, toMs, seq }) => ({
    components,
    fromMs,
    toMs,
    expected: isExpectedLead(components, story.timeline),
    evidence: seq === null ? [] : [seq],
  }));

/** null: nobody had to be called, and nobody was. */
const escalationOf = ({ run, facts: { drill } }: Story): { readonly to: string; readonly done: boolean } | null => {
  const { escalation } = drill;
  if (escalation === null || (!escalation.required && run.escalated === null)) return null;
  return { to: escalation.to, done: run.escalated !== null };
};

/** A step may be run several times; how it ended last is how it is. */
const lastRuns = (steps: readonly StepRecord[]): readonly StepRecord[] => {
  const neverEnded = new Set<StepRecord['outcome']>(['not-reached', 'unfinished', 'cancelled']);
  return [
    ...new Map(steps.filter(({ outcome }) => !neverEnded.has(outcome)).map((step) => [step.step, step])).values(),
  ];
};
