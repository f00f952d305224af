/**
 * The conductor of a drill: plans, runs, serves the session and restores, in a process of its own that no terminal can take
 * along. The first thing it says is all that it ever says on standard output; its log is a file in the run's folder.
 */
import { renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { GamedayError } from '../../errors.ts';
import { progressLine } from '../../reports/progress-line.ts';
import { Stopped } from '../../run/stopped.ts';
import { openSecrets } from '../../safety/secrets.ts';
import { ms, seconds } from '../../units.ts';
import { drillJudgement, type DrillJudgement } from '../../verdicts/team/drill-judgement.ts';
import type { ConductorAnswer, ConductorConfig } from './launch.ts';
import { speedAt } from '../env/options.ts';
import { perform, type Perform } from '../perform.ts';
import { planAll } from '../project/plans.ts';
import { openProject } from '../project/project.ts';
import { replicaOf } from '../project/replicas.ts';
import { keepSummary, stoppedIn, type RunSummary } from '../project/runs.ts';

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

const secrets = openSecrets(process.env);
let answered = false;

try {
  const config = JSON.parse(process.argv[2] ?? '') as ConductorConfig;
  const { directory, experiment, mode, speed, timeScale, limitMs, seed, originals, version, logFile } = config;
  const project = openProject(directory, process.env['GAMEDAY_HOME']);
  const drill = { mode, timeScale, limitMs };
  const { refuse, refuseProduction, targetOf } = await import('../env/target.ts');
  const target = await targetOf({ secrets }, project, config.environment);
  if (target !== undefined && config.confirmed !== true) refuseProduction(target);
  const [planned] = await planAll(project, [experiment], {
    ...{ proof: 'single', speed: speedAt(target, speed, null), seed, runbook: null, drill },
    ...(target === undefined ? { replica: replicaOf(project, config.environment) } : { target }),
    ...(originals === undefined ? {} : { originals }),
  });
  if (planned === undefined) throw new Error(`no plan for ${experiment}`);
  if (target !== undefined) refuse(target, [planned]);
  const parts: Perform = {
    ...{ project, planned, version, secrets, lostAfterMs },
    signal: interruption.signal,
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
  };
  const { runFolder, events } = await (target === undefined
    ? perform(parts)
    : (await import('../env/perform.ts')).performAttached(parts, target));
  keepSummary(runFolder, { ...drillSummary(drillJudgement(events)), ...stoppedIn(events) });
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
  if (error instanceof GamedayError) return { code: error.code, problems: secrets.redactIn(error.problems) };
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
  return secrets.redact(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
