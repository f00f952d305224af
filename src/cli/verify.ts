/** `gameday verify`: replays outages with nobody there; the runbook is the responder. */
import { accessSync, constants, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { GamedayError, reasonOf } from '../errors.ts';
import { Stopped } from '../run/stopped.ts';
import { junit } from '../reports/junit.ts';
import { matrixReport, type MatrixCell } from '../reports/matrix-report.ts';
import { progressLine } from '../reports/progress-line.ts';
import { verifyJson } from '../reports/verify-json.ts';
import { verifyReport } from '../reports/verify-report.ts';
import type { Ms } from '../units.ts';
import { judgement, type Judgement } from '../verdicts/judgement.ts';
import { worstCode, type ExitCode } from '../verdicts/exit.ts';
import type { AddCommand, CommandContext } from './command.ts';
import { helpAfter } from './exit-codes.ts';
import { aDuration, aSeed, aSpeed, refused } from './option-values.ts';
import { originalOptions, originalsOf, type GivenOriginals, type Originals } from './originals.ts';
import { perform } from './perform.ts';
import type { Planned } from './plans.ts';
import type { Project } from './project.ts';
import { keepSummary } from './runs.ts';
import { showWarnings } from './warnings.ts';

type Options = {
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
};

export const addVerify: AddCommand = (program, run) => {
  program
    .command('verify')
    .argument('[experiments...]', 'names as in gameday list; all of them unless given')
    .description('replay outages; check that alerts fire and that their runbooks heal')
    .option(
      '--proof <kind>',
      'single: the fault run; full: also without a runbook, and without a fault',
      aProof,
      'single' as const,
    )
    .option('--speed <factor>', 'how much faster the alerting runs than in production', aSpeed, 30)
    .option('--seed <number>', 'the arrivals of buyers: the same seed, the same arrivals', aSeed, 1)
    .option('--runbook <file>', "follow this runbook instead of the one behind the alert's runbook_url")
    .option('--matrix', 'every runbook against every experiment')
    .option('--timeout <duration>', 'end and restore after this long, e.g. 5m', aDuration('--timeout', '5m'))
    .option(...originalOptions.toxiproxy)
    .option(...originalOptions.prometheus)
    .option('--json', 'print the verdicts as JSON')
    .option('--junit <file>', 'also write a JUnit report')
    .option('-q, --quiet', 'no progress on standard error')
    .addHelpText(
      'after',
      helpAfter([
        'gameday verify web-stack-outage',
        'gameday verify --proof full --junit report.xml',
        'gameday verify pool-undersized --runbook runbooks/DatabaseConnectionsRefused.md',
        'gameday verify --matrix web-stack-outage pool-undersized',
        'gameday verify web-stack-outage --prometheus /usr/bin/prometheus',
      ]),
    )
    .action(
      run(async (context, names: readonly string[], given: Options & GivenOriginals) => {
        const project = await context.project();
        const options: Options = {
          ...given,
          ...(given.runbook === undefined ? {} : { runbook: project.nameOf(given.runbook) }),
          originals: await originalsOf(given),
        };
        if (options.junit !== undefined) mayWrite(options.junit);
        const wanted = names.length === 0 ? project.experimentNames() : names;
        if (wanted.length === 0)
          throw new GamedayError('USAGE', { message: 'there are no experiments', hint: 'write one into experiments/' });
        const signal = limited(context.signal, options.timeout);
        return options.matrix === true
          ? verifyMatrix(context, project, wanted, options, signal)
          : verifyEach(context, project, wanted, options, signal);
      }),
    );
};

/** As `gameday verify NAME` without any option. */
export const verifyOnly = async (context: CommandContext, name: string): Promise<number> =>
  verifyEach(context, await context.project(), [name], { proof: 'single', speed: 30, seed: 1 }, context.signal);

const verifyEach = async (
  context: CommandContext,
  project: Project,
  names: readonly string[],
  options: Options,
  signal: AbortSignal,
): Promise<number> => {
  const { terminal } = context;
  const { planAll } = await import('./plans.ts');
  const planned = await planAll(project, names, { ...options, runbook: options.runbook ?? null });
  warnAbout(context, planned);
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
const verifyMatrix = async (
  context: CommandContext,
  project: Project,
  names: readonly string[],
  options: Options,
  signal: AbortSignal,
): Promise<number> => {
  const cells: MatrixCell[] = [];
  const judged: Judgement[] = [];
  const { planAll } = await import('./plans.ts');
  const linked = await planAll(project, names, { ...options, runbook: null });
  warnAbout(context, linked);
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
  { terminal, version }: CommandContext,
  project: Project,
  planned: Planned,
  { quiet }: Options,
  signal: AbortSignal,
): Promise<Judgement> => {
  const { runFolder, events } = await perform({
    project,
    planned,
    version,
    signal,
    onEvent: (event) => {
      const line = quiet === true ? undefined : progressLine(event);
      if (line !== undefined) terminal.err(line);
    },
  });
  const result = judgement(events);
  const { plan } = planned;
  keepSummary(runFolder, {
    runId: result.runId,
    startedAt: result.startedAt,
    mode: 'verify',
    experiment: plan.experiment.name,
    outcome: result.exit.name,
    runbook: result.runbook?.verdict ?? null,
    onTrial: plan.runbook !== null && plan.runbook.file !== null,
    readiness: result.readiness?.total ?? null,
  });
  return result;
};

const codesOf = (judged: readonly Judgement[]): readonly ExitCode[] => judged.map(({ exit }) => exit.code);

const limited = (signal: AbortSignal, timeout: Ms | undefined): AbortSignal => {
  if (timeout === undefined) return signal;
  const limit = new AbortController();
  setTimeout(() => limit.abort(new Stopped('time limit')), timeout).unref();
  return AbortSignal.any([signal, limit.signal]);
};

/** Asked before the run: afterwards it would be too late. */
const mayWrite = (file: string): void => {
  try {
    accessSync(dirname(resolve(file)), constants.W_OK);
  } catch (cause) {
    throw new GamedayError(
      'USAGE',
      { message: `--junit ${file} cannot be written: ${reasonOf(cause)}`, hint: 'make its folder first' },
      { cause },
    );
  }
};

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

const aProof = (text: string): Options['proof'] => {
  if (text === 'single' || text === 'full') return text;
  throw refused('--proof', text, 'single or full', 'full');
};
