/** What happens in each kind of trial, between an environment that is up and its undoing. */
import type { Clock } from '../clock.ts';
import type { Runbook } from '../documents/runbook.ts';
import { isOwnService } from '../documents/service-settings.ts';
import type { Environment } from '../environments/environment.ts';
import type { Fault, Held } from '../faults/fault.ts';
import type { JournalEvent, JournalFact, Phase, Trial } from '../journal/events.ts';
import type { Journal } from '../journal/journal.ts';
import type { Plan } from '../plan/plan.ts';
import type { OperatorSession } from '../probes/operator-session.ts';
import { takeSnapshot } from '../probes/snapshot.ts';
import type { ChildProgram } from '../program.ts';
import type { UndoLog } from '../safety/undo-log.ts';
import { minutes, ms, seconds, type Ms } from '../units.ts';
import { healedAt } from '../verdicts/healed.ts';
import { steadyStateVerdict } from '../verdicts/steady-state.ts';
import { followRunbook } from './follow-runbook.ts';
import { injectFaults } from './injection.ts';
import type { Observation } from './observation.ts';
import type { Pager } from './pager.ts';
import { faultTtl } from './time-to-live.ts';
import { resolveRunbook } from './runbook-link.ts';
import { waitFor } from './waiting.ts';

/** Reads a runbook of the project; `exists` says whether it is there. */
export type ReadRunbook = {
  readonly exists: (file: string) => boolean;
  /** @throws {GamedayError} DOCUMENT_INVALID with all of its problems. */
  readonly read: (file: string) => Promise<Runbook>;
};

/** What every trial of a run shares. */
export type RunParts = {
  readonly plan: Plan;
  readonly runId: string;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly undoLog: UndoLog;
  readonly faults: Readonly<Record<string, Fault<unknown>>>;
  readonly readRunbook: ReadRunbook;
  readonly session: { readonly url: string; readonly token: string };
  /** Aborted by Ctrl-C, a time limit, a lost child or an abort condition. */
  readonly signal: AbortSignal;
};

export type Scene = RunParts & {
  readonly environment: Environment;
  readonly operator: OperatorSession;
  readonly observation: Observation;
  readonly pager: Pager;
  readonly load: ChildProgram<unknown>;
  readonly folder: string;
  readonly record: (fact: JournalFact) => void;
  readonly enter: (phase: Phase) => void;
  /** This trial's events so far. */
  readonly events: () => readonly JournalEvent[];
  readonly onHeld: (held: Held) => void;
  readonly onIntended: (undoId: string, faultId: string) => void;
};

/** A machine that is busy for a moment gets this much longer to show a calm baseline, */
const baselinePatienceMs = seconds(10);
/** and what happened while it came up must have left the windows of the team's own queries. */
const windowsPassMs = minutes(1);
/** After a runbook's end it takes five seconds of windows to see what it did. */
const afterwardsMs = seconds(6);
/** Of an alert's bound. */
const latenessFactor = 1.5;

export const scenes: Readonly<Record<Trial, (scene: Scene) => Promise<void>>> = {
  fault: async (scene) => {
    if (!(await calmBaseline(scene))) return;
    await inject(scene);
    const runbook = await alertedRunbook(scene);
    if (runbook !== undefined) {
      await snapshot(scene, 'before');
      scene.enter('runbook');
      const startedMs = scene.clock.nowMs();
      const claim = await follow(scene, runbook);
      await healing(scene, startedMs, claim);
      await snapshot(scene, 'after');
    }
  },
  control: async (scene) => {
    if (!(await calmBaseline(scene))) return;
    await inject(scene);
    scene.enter('heal');
    const { plan, clock } = scene;
    const alertMs = Math.max(0, ...plan.alerts.map((alert) => alert.withinMs));
    await untilHealed(scene, ms(clock.nowMs() + (alertMs + (plan.runbook?.withinMs ?? 0)) / plan.speed));
  },
  'fault-free': async (scene) => {
    if (!(await calmBaseline(scene))) return;
    const { plan, clock, signal, enter } = scene;
    const file = plan.runbook?.file ?? linkedFile(scene, plannedUrl(scene));
    if (file === undefined) return;
    const runbook = await scene.readRunbook.read(file);
    await snapshot(scene, 'before');
    enter('runbook');
    await follow(scene, runbook);
    enter('settle');
    await clock.sleep(plan.observation.settleMs, signal);
    await snapshot(scene, 'after');
  },
};

/** @returns false when the system was not well: then nothing is injected, because nothing could be concluded. */
export const calmBaseline = async (scene: Scene): Promise<boolean> => {
  const { plan, clock, enter, load, signal, events } = scene;
  load.send({ go: { targets: scene.environment.service.urls } });
  enter('warm-up');
  await clock.sleep(plan.observation.warmUpMs, signal);
  enter('baseline');
  await clock.sleep(plan.observation.baselineMs, signal);
  const calm = (): true | undefined => (steadyStateVerdict(events(), plan).outcome === 'pass' ? true : undefined);
  return (await waitFor(scene, ms(clock.nowMs() + baselinePatienceMs + windowsPassMs / plan.speed), calm)) ?? false;
};

export const inject = async (scene: Scene): Promise<void> => {
  scene.enter('inject');
  scene.observation.watchCause();
  scene.load.send({ fault: true });
  await injectFaults({ ...scene, ttlMs: faultTtl(scene.plan) });
};

/** Waits for the alert at its receiver and takes its link. @returns undefined when there is nothing to follow. */
const alertedRunbook = async (scene: Scene): Promise<Runbook | undefined> => {
  const { plan, clock, enter, record, pager, readRunbook, signal } = scene;
  enter('await-alert');
  const injectedMs = clock.nowMs();
  const expected = plan.alerts.find((alert) => alert.name === plan.runbook?.alert) ?? plan.alerts[0];
  if (expected === undefined) {
    // What the fault does is seen all the same.
    await clock.sleep(plan.observation.impactMs, signal);
    return undefined;
  }
  const bound = boundOf(scene, injectedMs, expected);
  const { name, receiver } = expected;
  const delivered = await waitFor(scene, bound, () =>
    scene
      .events()
      .find((event) => event.type === 'alert.delivered' && event.alert === name && event.receiver === receiver),
  );
  if (delivered === undefined || plan.runbook === null) return undefined;
  // The other expected alerts get their chance to come, and the damage is seen for a while before anybody mends it.
  await waitFor(scene, latestBound(scene, injectedMs), () => (everyoneDelivered(scene) ? true : undefined));
  await clock.sleep(ms(injectedMs + plan.observation.impactMs - clock.nowMs()), signal);
  const chosen = plan.runbook.file;
  if (chosen !== null) {
    record({ type: 'runbook.found', alert: name, url: chosen, file: chosen });
    return readRunbook.read(chosen);
  }
  const url = pager.annotationsOf(name)?.['runbook_url'];
  const file = linkedFile(scene, url, name);
  if (file === undefined) return undefined;
  record({ type: 'runbook.found', alert: name, url: url ?? '', file });
  return readRunbook.read(file);
};

/** Until when an alert is watched for: past its own bound, because late is another finding than never. */
const boundOf = ({ plan }: Scene, injectedMs: Ms, { withinMs }: { withinMs: Ms }): Ms =>
  ms(injectedMs + (withinMs * latenessFactor) / plan.speed + 1_000);

const latestBound = (scene: Scene, injectedMs: Ms): Ms =>
  ms(Math.max(...scene.plan.alerts.map((alert) => boundOf(scene, injectedMs, alert))));

const everyoneDelivered = ({ plan, events }: Scene): boolean => {
  const delivered = new Set(
    events().flatMap((event) => (event.type === 'alert.delivered' ? [`${event.alert} ${event.receiver}`] : [])),
  );
  return plan.alerts.every(({ name, receiver }) => delivered.has(`${name} ${receiver}`));
};

/** The file behind a link; says so in the journal when there is none. */
const linkedFile = (
  { readRunbook, record, plan }: Scene,
  url: string | undefined,
  alert?: string,
): string | undefined => {
  const link = resolveRunbook(url, readRunbook.exists);
  if (link.found) return link.file;
  record({ type: 'runbook.missing', alert: alert ?? plan.runbook?.alert ?? '', url: url ?? null, reason: link.reason });
  return undefined;
};

const plannedUrl = ({ plan }: Scene): string | undefined =>
  plan.alerts.find((alert) => alert.name === plan.runbook?.alert)?.rule.runbookUrl ?? undefined;

const follow = (scene: Scene, runbook: Runbook): Promise<'ok' | 'failed' | 'blocked'> =>
  followRunbook({ ...scene, runbook, speed: scene.plan.speed });

/** Watches until the service is healed, its alerts have resolved and it has stayed well; or until the time is up. */
const healing = async (scene: Scene, startedMs: Ms, claim: 'ok' | 'failed' | 'blocked'): Promise<void> => {
  const { plan, clock, enter, signal, events, record } = scene;
  enter('heal');
  const { windowMs, healed: rule, settleMs } = plan.observation;
  // Healed inside the bound is seen a span of windows later.
  const bound = ms(startedMs + (plan.runbook?.withinMs ?? 0) / plan.speed + windowMs * (rule.of + 1));
  const patience = ms(Math.max(claim === 'ok' ? bound : 0, clock.nowMs() + afterwardsMs));
  const healed = await untilHealed(scene, patience);
  if (healed === undefined) return;
  const settled = ms(clock.nowMs() + settleMs);
  enter('resolve');
  const resolveBound = ms(
    clock.nowMs() + Math.max(0, ...plan.alerts.map((each) => each.resolvesWithinMs ?? 0)) / plan.speed,
  );
  const expected = new Set(plan.alerts.filter((each) => each.resolvesWithinMs !== null).map((each) => each.name));
  await waitFor(scene, resolveBound, () => (everyoneTold(events(), expected) ? true : undefined));
  enter('settle');
  await clock.sleep(ms(settled - clock.nowMs()), signal);
  if (healedAt(sinceInjection(events()), plan) === undefined)
    record({ type: 'service.relapsed', reason: 'fell ill again while it was watched' });
};

const untilHealed = async (scene: Scene, untilMs: Ms): Promise<Ms | undefined> => {
  const { plan, events, record } = scene;
  const healed = await waitFor(scene, untilMs, () => healedAt(sinceInjection(events()), plan));
  if (healed !== undefined) record({ type: 'service.healed', ...healed });
  return healed?.sinceMs;
};

const sinceInjection = (events: readonly JournalEvent[]): readonly JournalEvent[] => {
  const index = events.findIndex((event) => event.type === 'fault.intended');
  return index === -1 ? [] : events.slice(index);
};

/** Every expected alert that reached a receiver was also reported as over. */
const everyoneTold = (events: readonly JournalEvent[], expected: ReadonlySet<string>): boolean => {
  const open = new Set<string>();
  for (const event of events) {
    if (event.type !== 'alert.delivered' && event.type !== 'alert.resolved') continue;
    if (!expected.has(event.alert)) continue;
    const key = `${event.receiver} ${event.alert} ${JSON.stringify(event.labels)}`;
    if (event.type === 'alert.delivered') open.add(key);
    else open.delete(key);
  }
  return open.size === 0;
};

const snapshot = async ({ plan, operator, record }: Scene, when: 'before' | 'after'): Promise<void> => {
  // The books are the built-in shop's, which runs in a replica of ours.
  const hasBooks = !isOwnService(plan.service) && plan.target === undefined;
  record({ type: 'snapshot.taken', when, snapshot: await takeSnapshot(operator, hasBooks) });
};
