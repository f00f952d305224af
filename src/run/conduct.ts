/**
 * The conductor: runs a plan, is the only writer of its journal, and leaves nothing behind. Its order of starting is the
 * promise: first the record, then the watchdog (and its answer), only then anything that could need undoing.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock } from '../clock.ts';
import { GamedayError, reasonOf } from '../errors.ts';
import type { Environment } from '../environments/environment.ts';
import type { Fault } from '../faults/fault.ts';
import type { JournalEvent, JournalFact, Trial } from '../journal/events.ts';
import { openJournal, type Journal } from '../journal/journal.ts';
import type { Plan } from '../plan/plan.ts';
import { identityOf, keepOwner } from '../safety/owner.ts';
import { journalFile, undoLogFile } from '../safety/recovery.ts';
import { reachOf } from '../safety/reach.ts';
import { rollback, type Undoers } from '../safety/rollback.ts';
import { newRunId } from '../safety/run-folder.ts';
import type { Secrets } from '../safety/secrets.ts';
import { takeStopNote } from '../safety/stop-note.ts';
import { isSettled, leftBehind, mayBeActive, openUndoLog } from '../safety/undo-log.ts';
import { openWatch } from '../safety/watch.ts';
import { seconds, type Ms } from '../units.ts';
import { openActs } from './acts.ts';
import type { AlertingFiles } from './alert-examination-rule.ts';
import { attend } from './attendance.ts';
import type { ReadRunbook } from './scenes.ts';
import { openSession, type Tokens } from './session/session.ts';
import { stageDoor } from './stage.ts';
import { Stopped } from './stopped.ts';
import { runTrial, type TrialOptions } from './trial.ts';

export type Conduct = {
  readonly plan: Plan;
  readonly runsFolder: string;
  readonly version: string;
  /** Wall-clock time, for the run's name and header only. */
  readonly startedAt: Date;
  readonly clock: Clock;
  readonly history: Extract<JournalFact, { type: 'run.started' }>['history'];
  /** Every document by its path, to be kept with the run; in a drill all runbooks are among them, for people to open. */
  readonly documents: ReadonlyMap<string, string>;
  readonly openEnvironment: (options: Parameters<TrialOptions['openEnvironment']>[0]) => Promise<Environment>;
  readonly readRunbook: ReadRunbook;
  readonly alertingFiles: AlertingFiles;
  /** Kept out of the journal, whatever a step or a library says; the run's own tokens are added. */
  readonly secrets: Secrets;
  readonly faults: Readonly<Record<string, Fault<unknown>>>;
  readonly undoers: Undoers;
  /** Aborted with a `Stopped` as its reason. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: JournalEvent) => void;
  /** The session listens: clients can come, and whoever asks for this run finds it. */
  readonly onSession?: (session: OpenedSession) => void;
  /** A drill that nobody has attended for so long is stopped and restored. */
  readonly lostAfterMs?: Ms;
};

export type OpenedSession = {
  readonly runId: string;
  readonly runFolder: string;
  readonly url: string;
  readonly tokens: Tokens;
};

/** How long clients may go on reading after the end. */
const readersWithinMs = seconds(15);

type Ending = Pick<Extract<JournalEvent, { type: 'run.ended' }>, 'outcome' | 'signal'>;

export type Conducted = { readonly runFolder: string; readonly events: readonly JournalEvent[] };

/** @throws {GamedayError} when the run could not even begin; later failures are in the journal. */
export const conduct = async (options: Conduct): Promise<Conducted> => {
  const { plan, clock, undoers, signal, startedAt } = options;
  const runId = newRunId(startedAt);
  const runFolder = join(options.runsFolder, runId);
  keepDocuments(runFolder, options.documents);
  await using scope = new AsyncDisposableStack();
  const stopping = new AbortController();
  const ended = AbortSignal.any([signal, stopping.signal]);
  const journal = openJournal(
    journalFile(runFolder),
    clock.nowMs,
    (error) => stopping.abort(error),
    options.secrets.redactIn,
  );
  scope.defer(() => journal.close());
  journal.subscribe(options.onEvent);
  const undoLog = openUndoLog(undoLogFile(runFolder));
  scope.defer(() => undoLog.close());
  journal.append({
    type: 'run.started',
    runId,
    startedAt: startedAt.toISOString(),
    version: options.version,
    plan,
    history: options.history,
  });

  const stop = (fact: JournalFact): void => {
    if (ended.aborted) return;
    journal.append(fact);
    stopping.abort(new Error('stopped'));
  };
  const watchdog = await openWatch({ runFolder, onAlarm: (reason) => stop({ type: 'run.failed', reason }) });
  const addresses = new Set<string>();
  const onReach = (urls: readonly string[]): void => {
    for (const url of urls) addresses.add(url);
    watchdog.tellReach([...addresses]);
  };
  const door = stageDoor();
  const acts = openActs((fact) => void journal.append(fact), plan.drill !== null);
  const attended =
    plan.drill === null
      ? null
      : attend({
          ...{ ...options, runId, drill: plan.drill, journal, door, acts, stop },
          ...{ runbooks: runbooksIn(options), redact: options.secrets.redactIn },
        });
  if (attended !== null) scope.use(attended);
  const session = await openSession({ door, acts, nowMs: clock.nowMs, drill: attended });
  scope.use(session);
  keepOwner(runFolder, {
    conductor: identityOf(process.pid),
    watchdog: identityOf(watchdog.pid),
    url: session.url,
    token: session.tokens.operator,
    ...(attended === null ? {} : { primaryToken: session.tokens.primary }),
  });
  for (const token of Object.values(session.tokens)) options.secrets.know(token);
  options.onSession?.({ runId, runFolder, url: session.url, tokens: session.tokens });

  const noteStop = (): void => {
    const stopped = whoStopped(signal, runFolder);
    if (stopped !== undefined) journal.append(stopped);
  };
  if (signal.aborted) noteStop();
  else signal.addEventListener('abort', noteStop, { once: true });

  let ending: Ending = { outcome: 'completed' };
  try {
    for (const trial of trialsOf(plan)) {
      await runTrial(trial, {
        ...options,
        runId,
        journal,
        undoLog,
        session: { url: session.url, token: session.tokens.runbook },
        door,
        evidenceFolder: join(runFolder, trial),
        signal: ended,
        stop,
        onReach,
      });
      ended.throwIfAborted();
      // What the next trial breaks could not be told from what this one left.
      if (undoLog.entries().some((entry) => !isSettled(entry))) throw new Error(`not all of trial ${trial} is undone`);
    }
  } catch (error) {
    ending = endOf(error, signal, journal);
  }
  void door.close(); // what still hangs in there keeps nothing waiting any more
  const reach = reachOf([...addresses]);
  // What was seen to have ended is left to the next command.
  const residue = await rollback({ log: undoLog, undoers, acts: undefined, reach, only: mayBeActive });
  signal.removeEventListener('abort', noteStop);
  journal.append({
    type: 'run.ended',
    ...ending,
    residue: residue.map(({ what, byHand }) => `${what}; by hand: ${byHand}`),
    ...leftBehind(undoLog.entries()),
  });
  await watchdog.farewell();
  await session.deserted(readersWithinMs);
  // A run that could not be written down cannot be judged later; better no verdict than one that nobody can trace.
  if (stopping.signal.reason instanceof GamedayError) throw stopping.signal.reason;
  return { runFolder, events: journal.events };
};

const keepDocuments = (runFolder: string, documents: ReadonlyMap<string, string>): void => {
  try {
    mkdirSync(runFolder, { recursive: true, mode: 0o700 });
    for (const [file, text] of documents) {
      const copy = join(runFolder, 'documents', file);
      mkdirSync(dirname(copy), { recursive: true });
      writeFileSync(copy, text);
    }
  } catch (cause) {
    throw new GamedayError(
      'ENVIRONMENT_FAILED',
      {
        message: `the run's folder cannot be written: ${reasonOf(cause)}`,
        hint: `make ${runFolder} writable, or set GAMEDAY_HOME`,
      },
      { cause },
    );
  }
};

/** Where documents of a project lie that people follow. */
const runbooksIn = ({ documents }: Conduct): ReadonlyMap<string, string> =>
  new Map([...documents].filter(([file]) => file.startsWith('runbooks/')));

const trialsOf = ({ proof, mode }: Plan): readonly Trial[] =>
  proof === 'full' && mode === 'verify' ? ['fault', 'control', 'fault-free'] : ['fault'];

/** Who asked for the end, where more is to be said than the name of a signal; said before anything is undone. */
const whoStopped = (signal: AbortSignal, runFolder: string): JournalFact | undefined => {
  const reason = takeStopNote(runFolder);
  if (reason !== undefined) return { type: 'run.stopped', by: 'operator', reason };
  const { reason: stopped }: { reason: unknown } = signal;
  return stopped instanceof Stopped && stopped.by === 'nobody'
    ? { type: 'run.stopped', by: 'nobody', reason: stopped.message }
    : undefined;
};

/** How the run came to its end. */
const endOf = (error: unknown, signal: AbortSignal, { events, append }: Journal): Ending => {
  // What an abort broke on its way says less than who asked for it.
  const reason: unknown = signal.aborted ? signal.reason : error;
  if (reason instanceof Stopped) return endings[reason.by];
  if (events.some((event) => event.type === 'run.aborted')) return { outcome: 'completed' };
  const stopped = events.findIndex((event) => event.type === 'run.stopped');
  // Who stops a drill that was resolved only does not wait for its alerts.
  const resolved = events
    .slice(0, stopped)
    .some((event) => event.type === 'phase.entered' && event.phase === 'resolve');
  if (stopped !== -1) return { outcome: resolved ? 'completed' : 'interrupted' };
  if (!events.some((event) => event.type === 'run.failed')) append({ type: 'run.failed', reason: withNextStep(error) });
  return { outcome: 'failed' };
};

const endings = {
  SIGINT: { outcome: 'interrupted', signal: 'SIGINT' },
  SIGTERM: { outcome: 'interrupted', signal: 'SIGTERM' },
  'time limit': { outcome: 'timed-out' },
  nobody: { outcome: 'interrupted' },
} as const satisfies Record<Stopped['by'], Ending>;

const withNextStep = (error: unknown): string => {
  const [problem] = error instanceof GamedayError ? error.problems : [];
  if (problem?.hint === undefined) return reasonOf(error);
  return `${problem.message}; ${problem.hint}`.replaceAll(/\s+/g, ' ');
};
