/** Planning, performing and judging what `gameday verify` was asked for. */
import { writeFileSync } from 'node:fs';
import { GamedayError, reasonOf } from '../errors.ts';
import { junit } from '../reports/junit.ts';
import { matrixReport, type MatrixCell } from '../reports/matrix-report.ts';
import { progressLine } from '../reports/progress-line.ts';
import { verifyJson } from '../reports/verify-json.ts';
import { verifyReport } from '../reports/verify-report.ts';
import type { Target } from '../environments/attached/attached.ts';
import type { Ms } from '../units.ts';
import { worstCode, type ExitCode } from '../verdicts/exit.ts';
import { judgement, type Judgement } from '../verdicts/judgement.ts';
import type { Conducted } from '../run/conduct.ts';
import type { CommandContext } from './command.ts';
import type { Originals } from './project/originals.ts';
import { sayOnly } from './env/dry-run.ts';
import { performAttached } from './env/perform.ts';
import { speedAt } from './env/options.ts';
import { admit, targetOf } from './env/target.ts';
import { perform, type Perform } from './perform.ts';
import { planAll, type Planned } from './project/plans.ts';
import type { Project } from './project/project.ts';
import type { Replica } from './project/replica-kinds.ts';
import { replicaOf } from './project/replicas.ts';
import { keepSummary, stoppedIn } from './project/runs.ts';
import { showWarnings } from './warnings.ts';

export type VerifyOptions = {
  readonly proof: 'single' | 'full';
  readonly speed: number;
  readonly seed: number;
  readonly runbook?: string;
  readonly matrix?: boolean;
  readonly json?: boolean;
  readonly junit?: string;
  readonly timeout?: Ms;
  readonly quiet?: boolean;
  readonly originals?: Originals;
  readonly replica?: Replica;
  /** In the place of the replica. */
  readonly target?: Target;
  /** Only say what would be done. */
  readonly dryRun?: boolean;
};

/** As `gameday verify NAME` without any option. */
export const verifyOnly = async (context: CommandContext, name: string): Promise<number> => {
  const project = await context.project();
  const target = await targetOf(context, project, undefined);
  const options: VerifyOptions = {
    ...{ proof: 'single', speed: speedAt(target, undefined, 30), seed: 1 },
    ...(target === undefined ? { replica: replicaOf(project, undefined) } : { target }),
  };
  return verifyEach(context, project, [name], options, context.signal);
};

export const verifyEach = async (
  context: CommandContext,
  project: Project,
  names: readonly string[],
  options: VerifyOptions,
  asked: AbortSignal,
): Promise<number> => {
  const { terminal, guard } = context;
  // Nobody reads a verdict whose launcher was killed, and what goes on unseen is not to break anything any more.
  const signal = AbortSignal.any([asked, guard.gone]);
  const planned = await planAll(project, names, { ...options, runbook: options.runbook ?? null });
  warnAbout(context, planned);
  await admit(context, options.target, planned, options.dryRun);
  if (options.dryRun === true) return sayOnly(context, options.target, planned, options.json === true);
  const judged: Judgement[] = [];
  for (const one of planned) {
    if (signal.aborted) break;
    const result = await verifyOne(context, project, one, options, signal);
    judged.push(result);
    if (options.json !== true) terminal.out(verifyReport(result));
  }
  if (options.json === true) terminal.out(verifyJson(judged));
  if (options.junit !== undefined) writeReport(options.junit, junit(judged));
  const missed = planned.slice(judged.length).map(({ plan }) => plan.experiment.name);
  return worstCode([...codesOf(judged), ...notRun(context, missed)]);
};

/** What was asked for and never begun is said, and is no success: the time limit or a signal came first. */
const notRun = ({ terminal }: CommandContext, missed: readonly string[]): readonly ExitCode[] => {
  if (missed.length === 0) return [];
  terminal.err(`gameday: not run any more: ${missed.join(', ')}`);
  return [124];
};

const warnAbout = ({ terminal }: CommandContext, planned: readonly Planned[]): void => {
  const warnings = planned.flatMap((one) => one.warnings);
  if (warnings.length > 0) terminal.err(showWarnings(warnings));
};

/** Every runbook against every experiment; what each cell is expected to be is the experiment's own expectation. */
export const verifyMatrix = async (
  context: CommandContext,
  project: Project,
  names: readonly string[],
  options: VerifyOptions,
  asked: AbortSignal,
): Promise<number> => {
  const signal = AbortSignal.any([asked, context.guard.gone]);
  const cells: MatrixCell[] = [];
  const judged: Judgement[] = [];
  const linked = await planAll(project, names, { ...options, runbook: null });
  warnAbout(context, linked);
  await admit(context, options.target, linked, options.dryRun);
  if (options.dryRun === true) return sayOnly(context, options.target, linked, options.json === true);
  const runbooks = options.runbook === undefined ? project.runbookNames() : [options.runbook];
  const rows = await Promise.all(
    runbooks.map(async (runbook) => ({ runbook, planned: await planAll(project, names, { ...options, runbook }) })),
  );
  for (const { runbook, planned } of rows)
    for (const [index, one] of planned.entries()) {
      if (signal.aborted) continue;
      const name = one.plan.experiment.name;
      context.terminal.err(
        `gameday: ${runbook} against ${name} (${cells.length + 1} of ${runbooks.length * names.length})`,
      );
      const result = await verifyOne(context, project, one, options, signal);
      judged.push(result);
      const own = linked[index]?.plan.alerts.find(({ name: alert }) => alert === one.plan.runbook?.alert);
      cells.push({
        runbook,
        experiment: name,
        verdict: result.runbook?.verdict ?? 'inconclusive',
        expected: own?.rule.runbookUrl?.endsWith(runbook) === true ? (one.plan.runbook?.verdict ?? null) : null,
      });
    }
  const { text } = matrixReport(cells);
  context.terminal.out(options.json === true ? JSON.stringify({ schemaVersion: 1, cells }, null, 2) : text);
  if (options.junit !== undefined) writeReport(options.junit, junit(judged));
  const all = rows.flatMap(({ runbook, planned }) =>
    planned.map(({ plan }) => `${runbook} against ${plan.experiment.name}`),
  );
  return worstCode([matrixExit(cells, judged), ...notRun(context, all.slice(cells.length))]);
};

/** The table is the result: a wrong runbook that heals nothing is a finding, not a failure, but a marked cell has to agree. */
const matrixExit = (cells: readonly MatrixCell[], judged: readonly Judgement[]): ExitCode => {
  const broken = worstCode(codesOf(judged).filter((code) => ![0, 1, 4].includes(code)));
  if (broken !== 0) return broken;
  const expected = cells.filter((cell) => cell.expected !== null);
  if (expected.some((cell) => cell.verdict === 'inconclusive')) return 4;
  return expected.some((cell) => cell.verdict !== cell.expected) ? 1 : 0;
};

const verifyOne = async (
  { terminal, version, secrets }: CommandContext,
  project: Project,
  planned: Planned,
  { quiet }: VerifyOptions,
  signal: AbortSignal,
): Promise<Judgement> => {
  const parts: Perform = {
    ...{ project, planned, version, secrets, signal },
    onEvent: (event) => {
      const line = quiet === true ? undefined : progressLine(event);
      if (line !== undefined) terminal.err(line);
    },
  };
  const conducted = await (planned.target === undefined ? perform(parts) : performAttached(parts, planned.target));
  return judgedAndKept(planned, conducted);
};

/** The judgement of a run that has ended; a summary of it stays with the run, for the lists. */
export const judgedAndKept = ({ plan }: Planned, { runFolder, events }: Conducted): Judgement => {
  const result = judgement(events);
  keepSummary(runFolder, {
    runId: result.runId,
    startedAt: result.startedAt,
    mode: 'verify',
    experiment: plan.experiment.name,
    outcome: result.exit.name,
    ...stoppedIn(events),
    runbook: result.runbook?.verdict ?? null,
    onTrial: plan.runbook !== null && plan.runbook.file !== null,
    readiness: result.readiness?.total ?? null,
  });
  return result;
};

const codesOf = (judged: readonly Judgement[]): readonly ExitCode[] => judged.map(({ exit }) => exit.code);

const writeReport = (file: string, text: string): void => {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw new GamedayError(
      'ENVIRONMENT_FAILED',
      { message: `${file} cannot be written: ${reasonOf(cause)}` },
      { cause },
    );
  }
};
