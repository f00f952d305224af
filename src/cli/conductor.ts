/**
 * The conductor of a drill: plans, runs, serves the session and restores, in a process of its own that no terminal can take
 * along. The first thing it says is all that it ever says on standard output; its log is a file in the run's folder.
 */
import { renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { GamedayError } from '../errors.ts';
import { progressLine } from '../reports/progress-line.ts';
import { Stopped } from '../run/stopped.ts';
import { ms, seconds } from '../units.ts';
import { drillJudgement, type DrillJudgement } from '../verdicts/drill-judgement.ts';
import type { ConductorAnswer, ConductorConfig } from './launch.ts';
import { perform } from './perform.ts';
import { planAll } from './plans.ts';
import { openProject } from './project.ts';
import { keepSummary, type RunSummary } from './runs.ts';

/** How long nobody may be there. */
const lostAfterMs = seconds(60);

const interruption = new AbortController();
process.on('SIGINT', () => interruption.abort(new Stopped('SIGINT')));
process.on('SIGTERM', () => interruption.abort(new Stopped('SIGTERM')));
// It belongs to no terminal: one that closes is none of its business.
process.on('SIGHUP', () => {});
for (const name of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(name, (error: unknown) => {
    note(error);
    interruption.abort(error);
    setTimeout(() => process.exit(3), 30_000).unref();
  });

let answered = false;

try {
  const { directory, experiment, mode, speed, timeScale, limitMs, seed, originals, version, logFile } = JSON.parse(
    process.argv[2] ?? '',
  ) as ConductorConfig;
  const project = openProject(directory, process.env['GAMEDAY_HOME']);
  const drill = { mode, timeScale, limitMs };
  const [planned] = await planAll(project, [experiment], {
    ...{ proof: 'single', speed, seed, runbook: null, drill },
    ...(originals === undefined ? {} : { originals }),
  });
  if (planned === undefined) throw new Error(`no plan for ${experiment}`);
  const { runFolder, events } = await perform({
    project,
    planned,
    version,
    signal: interruption.signal,
    lostAfterMs,
    onSession: (session) => {
      renameSync(logFile, join(session.runFolder, 'conductor.log'));
      const address = { url: session.url, token: session.tokens.primary };
      const { runId } = session;
      answer({ ready: { runId, runFolder: session.runFolder, address, warnings: planned.warnings } });
    },
    onEvent: (event) => {
      const line = progressLine(event);
      if (line !== undefined) process.stderr.write(`${line}\n`);
    },
  });
  keepSummary(runFolder, drillSummary(drillJudgement(events)));
  process.exit(0);
} catch (error) {
  note(error);
  if (!answered) answer({ failed: failure(error) });
  process.exit(3);
}

function drillSummary(judged: DrillJudgement): RunSummary {
  const { runId, startedAt, plan, exit, readiness, team, scoring, originMs, milestones } = judged;
  if (plan.drill === null) throw new Error(`${runId} is no drill`);
  const confirmed = milestones.find(({ name }) => name === 'confirmed')?.run ?? null;
  return {
    runId,
    startedAt,
    mode: 'drill',
    experiment: plan.experiment.name,
    outcome: exit.name,
    runbook: null,
    onTrial: false,
    readiness: readiness?.total ?? null,
    drill: {
      mode: plan.drill.mode,
      timeScale: plan.drill.timeScale,
      environment: plan.environment,
      scoring,
      team: team === null ? null : { total: team.total, low: team.low, high: team.high },
      confirmedMs: confirmed === null || originMs === null ? null : ms(confirmed.atMs - originMs),
    },
  };
}

function failure(error: unknown): Extract<ConductorAnswer, { failed: unknown }>['failed'] {
  if (error instanceof GamedayError) return { code: error.code, problems: error.problems };
  return { code: 'BUG', problems: [{ message: traceOf(error) }] };
}

function answer(line: ConductorAnswer): void {
  answered = true;
  try {
    writeSync(1, `${JSON.stringify(line)}\n`);
  } catch (error) {
    note(error); // Whoever started it has gone already; nobody will come, and it will notice.
  }
}

function note(error: unknown): void {
  process.stderr.write(`${traceOf(error)}\n`);
}

function traceOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
