/**
 * One trial: an environment of its own, a calm baseline, and then what the trial is about. Whatever happens in between,
 * it ends with everything undone in reverse order and the environment gone.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isOwnService } from '../documents/service-settings.ts';
import type { Environment } from '../environments/environment.ts';
import type { OpenContainers } from '../environments/containers/containers.ts';
import type { OpenEmbedded } from '../environments/embedded/embedded.ts';
import type { Held } from '../faults/fault.ts';
import type { JournalFact, Phase, Trial } from '../journal/events.ts';
import type { LoadConfig, LoadMessage, LoadReady } from '../load/config.ts';
import { purchase, visitOf } from '../load/visits.ts';
import type { LoadWindow } from '../load/window.ts';
import type { Plan } from '../plan/plan.ts';
import { nameAndLabels } from '../probes/alert-identity.ts';
import { openOperatorSession } from '../probes/operator-session.ts';
import { programPath, startProgram, type ChildProgram } from '../program.ts';
import { reachNothing, reachOf } from '../safety/reach.ts';
import { rollback, type UndoActs, type Undoers } from '../safety/rollback.ts';
import { makeRunFolder, runFolderFor } from '../safety/run-folder.ts';
import type { UndoEntry, UndoLog, UndoState } from '../safety/undo-log.ts';
import { seconds, type Ms } from '../units.ts';
import type { AlertingFiles } from './alert-examination-rule.ts';
import { examineAlerts } from './alert-examination.ts';
import { drillScene } from './drill.ts';
import { observe, type Observation } from './observation.ts';
import { openPager } from './pager.ts';
import { scenes, type RunParts, type Scene } from './scenes.ts';
import type { StageDoor } from './stage.ts';
import { environmentTtl } from './time-to-live.ts';

export type TrialOptions = RunParts & {
  readonly undoers: Undoers;
  readonly alertingFiles: AlertingFiles;
  readonly openEnvironment: (
    options: Omit<OpenEmbedded, 'service' | 'project' | 'monitoring' | 'speed'> &
      Pick<OpenContainers, 'intend' | 'complete'>,
  ) => Promise<Environment>;
  /** Where runbooks and people act on the environment from outside, while it stands and is not yet undone. */
  readonly door: StageDoor;
  /** Logs and samples of this trial. */
  readonly evidenceFolder: string;
  /** Ends the run: a child was lost, or an abort condition held. */
  readonly stop: (fact: JournalFact) => void;
  /** The addresses of what outlives the run, secrets included, for whoever else may have to undo what is broken there. */
  readonly onReach: (urls: readonly string[]) => void;
};

/** Long enough for every session to say goodbye. */
const letGoWithinMs = seconds(3);
/** Children that do not end by themselves are killed after two seconds, PostgreSQL after fifteen. */
const closeWithinMs = seconds(20);

/** Never throws for what went wrong with the environment: that is in the journal as `run.failed`. */
export const runTrial = async (trial: Trial, options: TrialOptions): Promise<void> => {
  const { plan, runId, journal, clock, undoLog, undoers, evidenceFolder, signal, stop, onReach } = options;
  const record = (fact: JournalFact): void => void journal.append(fact);
  const enter = (phase: Phase): void => record({ type: 'phase.entered', phase });
  const faultOf = new Map<string, string>();
  const held: Held[] = [];
  let acts: UndoActs | undefined;
  let reach = reachNothing;
  const since = journal.events.length;
  mkdirSync(evidenceFolder, { recursive: true, mode: 0o700 });
  record({ type: 'trial.started', trial });
  enter('up');
  const ttlMs = environmentTtl(plan);
  const { folder, undoId } = makeFolder(runId, trial, undoLog, ttlMs);
  /** What everything else lives in. */
  const outer = new Set([undoId]);
  const intend: OpenContainers['intend'] = (entry) => {
    const id = undoLog.intend({ ...entry, ttlMs });
    outer.add(id);
    return id;
  };
  const scope = new AsyncDisposableStack();
  try {
    const lost = (reason: string): void => stop({ type: 'run.failed', reason });
    const pager = scope.use(await openPager(record, plan.target?.pagerPort ?? 0));
    let observation: Observation | undefined;
    // The load generator comes up beside the environment; whom to send to it is told later.
    const loading = startLoad(options, folder, (window) => observation?.onWindow(window), lost);
    scope.defer(async () => (await loading.catch(() => undefined))?.stop());
    const environment = scope.use(
      await options.openEnvironment({
        ...{ folder, undoId, intend, complete: undoLog.complete, evidenceFolder, signal },
        ...{ pager: pager.address, onLost: lost, onWouldSend: withheldBy(record) },
        load: loading.then(({ ready }) => ready.address),
      }),
    );
    acts = {
      restart: environment.restart,
      readConfiguration: environment.service.readConfiguration,
      writeConfiguration: environment.service.writeConfiguration,
      replaceProxy: environment.replaceProxy,
    };
    const addresses = [environment.postgres.operatorUrl, environment.toxiproxy.url];
    reach = reachOf(addresses);
    if (environment.undoId === null) onReach(addresses);
    const operator = scope.use(await openOperatorSession(environment.postgres.operatorUrl));
    record(await opened(environment, plan, (sql) => operator.rows(sql)));
    options.door.open({ environment, pager, folder, session: options.session });
    observation = scope.use(
      observe({
        plan,
        targets: { prometheusUrl: environment.prometheusUrl, operator },
        alertmanagerUrl: environment.alertmanagerUrl,
        clock,
        record,
        onAbort: (condition) => stop({ type: 'run.aborted', condition }),
      }),
    );
    const load = await loading;
    const scene = {
      ...options,
      environment,
      operator,
      observation,
      pager,
      load,
      folder,
      record,
      enter,
      events: () => journal.events.slice(since),
      onHeld: (each) => held.push(each),
      onIntended: (undoRecord, faultId) => faultOf.set(undoRecord, faultId),
    } satisfies Scene;
    try {
      await (plan.mode === 'drill' ? drillScene : scenes[trial])(scene);
    } finally {
      // Before anything is undone, or there would be nothing left to ask.
      if (!signal.aborted)
        await examineAlerts({ ...scene, trial, prometheusUrl: environment.prometheusUrl, events: scene.events() });
    }
  } finally {
    enter('undo');
    // Whatever hangs here (a stopped server) must not keep the undo waiting.
    const letGo = [options.door.close(), ...held.map((each) => each.release())];
    await Promise.race([Promise.allSettled(letGo), clock.sleep(letGoWithinMs)]);
    const inside = { log: undoLog, undoers, acts, reach, onChange: faultChanges(faultOf, record) };
    for (const entry of await rollback({ ...inside, only: ({ id }) => !outer.has(id) })) {
      const faultId = faultOf.get(entry.id);
      if (faultId !== undefined)
        record({ type: 'fault.undoFailed', faultId, reason: entry.reason ?? 'not undone', byHand: entry.byHand });
    }
    enter('down');
    await Promise.race([scope.disposeAsync(), clock.sleep(closeWithinMs)]);
    // The folder last, with all that still lives in it. A fault whose own undo failed is gone then, but was not undone.
    await rollback({ log: undoLog, undoers, acts: undefined, reach, only: ({ id }) => outer.has(id) });
    record({ type: 'environment.closed' });
    record({ type: 'trial.ended', trial });
  }
};

/** What would have been sent by means that a replica does not have; that an alert is over is told by its other ways. */
const withheldBy =
  (record: (fact: JournalFact) => void): NonNullable<OpenEmbedded['onWouldSend']> =>
  ({ receiver, integration, status, alerts }) => {
    if (status === 'resolved') return;
    for (const { alert, labels } of alerts.map((each) => nameAndLabels(each.labels)))
      record({ type: 'alert.withheld', alert, labels, receiver, integration });
  };

/** On the undo log before it exists. */
const makeFolder = (runId: string, trial: Trial, undoLog: UndoLog, ttlMs: Ms): { folder: string; undoId: string } => {
  const folder = runFolderFor(runId, trial);
  const quoted = `'${folder.replaceAll("'", String.raw`'\''`)}'`;
  const undoId = undoLog.intend({
    what: `the environment in ${folder}`,
    byHand: `pkill -f -- ${quoted}; rm -rf -- ${quoted}`,
    ttlMs,
    record: { kind: 'folder.remove', folder },
  });
  try {
    makeRunFolder(folder);
  } catch (error) {
    // Not made by us, so not removed by us.
    undoLog.mark(undoId, 'verified', 'never made');
    throw error;
  }
  undoLog.mark(undoId, 'injected');
  return { folder, undoId };
};

/** In effect before any fault. */
export const limitsSql = `select current_setting('max_connections')::int as max,
  current_setting('superuser_reserved_connections')::int + coalesce(current_setting('reserved_connections', true), '0')::int as reserved`;

const opened = async (
  environment: Environment,
  plan: Plan,
  rows: <Row extends Record<string, unknown>>(sql: string) => Promise<readonly Row[]>,
): Promise<JournalFact> => {
  const [limits] = await rows<{ max: number; reserved: number }>(limitsSql);
  return {
    type: 'environment.opened',
    kind: environment.kind,
    postgresVersion: environment.postgres.version,
    capabilities: environment.capabilities,
    connections: {
      max: limits?.max ?? 0,
      reserved: limits?.reserved ?? 0,
      ...(isOwnService(plan.service)
        ? { poolMax: null, instances: 1 }
        : { poolMax: plan.service.pool.max, instances: plan.service.instances }),
    },
  };
};

const startLoad = async (
  { plan, evidenceFolder, signal }: TrialOptions,
  folder: string,
  onWindow: (window: LoadWindow) => void,
  onLost: (reason: string) => void,
): Promise<ChildProgram<LoadReady>> => {
  const config: LoadConfig = {
    visits: plan.load.routes?.map(visitOf) ?? [purchase],
    ratePerSecond: plan.load.ratePerSecond,
    arrivals: plan.load.arrivals,
    spikes: plan.load.spikes,
    seed: plan.seed,
    windowMs: plan.observation.windowMs,
    timeoutMs: 3_000,
    maxInFlight: 2_000,
  };
  return startProgram({
    name: 'load generator',
    program: programPath('../load/main.ts', import.meta.url),
    config,
    folder,
    logFile: join(evidenceFolder, 'load-generator.log'),
    readyWithinMs: seconds(20),
    onMessage: (message) => {
      const heard = message as LoadMessage;
      if ('window' in heard) onWindow(heard.window);
    },
    onLost,
    signal,
  });
};

const faultChanges =
  (faultOf: ReadonlyMap<string, string>, record: (fact: JournalFact) => void) =>
  (entry: UndoEntry, state: UndoState): void => {
    const faultId = faultOf.get(entry.id);
    if (faultId === undefined) return;
    if (state === 'undone') record({ type: 'fault.undone', faultId, undoId: entry.id, by: 'run' });
    if (state === 'verified') record({ type: 'fault.verified', faultId, undoId: entry.id });
  };
