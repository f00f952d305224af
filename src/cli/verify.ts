/** `gameday verify`: replays outages with nobody there; the runbook is the responder. */
import { InvalidArgumentError, Option } from 'commander';
import { writeFileSync } from 'node:fs';
import { startClock } from '../clock.ts';
import { GamedayError, reasonOf } from '../errors.ts';
import { openEmbedded } from '../environments/embedded.ts';
import { faults } from '../faults/catalogue.ts';
import { undoers } from '../faults/undoers.ts';
import { compressAlertmanager, compressPrometheus, compressRules } from '../plan/speed.ts';
import { conduct } from '../run/conduct.ts';
import { Stopped } from '../run/stopped.ts';
import { junit } from '../reports/junit.ts';
import { matrixReport, type MatrixCell } from '../reports/matrix-report.ts';
import { progressLine } from '../reports/progress-line.ts';
import { verifyJson } from '../reports/verify-json.ts';
import { verifyReport } from '../reports/verify-report.ts';
import { parseDuration, type Ms } from '../units.ts';
import { judgement, type Judgement } from '../verdicts/judgement.ts';
import type { AddCommand, CommandContext } from './command.ts';
import { planAll, type Planned } from './plans.ts';
import { orThrow, type Project } from './project.ts';
import { historyOf, keepSummary } from './runs.ts';

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
};

export const addVerify: AddCommand = (program, run) => {
  program
    .command('verify')
    .argument('[experiments...]', 'names as in gameday list; all of them unless given')
    .description('replay outages; check that alerts fire and that their runbooks heal')
    .addOption(
      new Option('--proof <kind>', 'single: the fault run; full: also without a runbook, and without a fault')
        .choices(['single', 'full'])
        .default('single'),
    )
    .option('--speed <factor>', 'how much faster the alerting runs than in production', atLeastOne, 30)
    .option('--seed <number>', 'the arrivals of buyers', wholeNumber, 1)
    .option('--runbook <file>', "follow this runbook instead of the one behind the alert's runbook_url")
    .option('--matrix', 'every runbook against every experiment')
    .option('--timeout <duration>', 'end and restore after this long, e.g. 5m', aDuration)
    .option('--json', 'print the verdicts as JSON')
    .option('--junit <file>', 'also write a JUnit report')
    .option('-q, --quiet', 'no progress on standard error')
    .addHelpText(
      'after',
      `
Examples:
  gameday verify web-stack-outage
  gameday verify --proof full --junit report.xml
  gameday verify pool-undersized --runbook runbooks/DatabaseConnectionsRefused.md
  gameday verify --matrix web-stack-outage pool-undersized`,
    )
    .action(
      run(async (context, names: readonly string[], options: Options) => {
        const project = context.project();
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

const verifyEach = async (
  context: CommandContext,
  project: Project,
  names: readonly string[],
  options: Options,
  signal: AbortSignal,
): Promise<number> => {
  const { terminal } = context;
  const planned = await planAll(project, names, { ...options, runbook: options.runbook ?? null });
  const judged: Judgement[] = [];
  for (const one of planned) {
    if (signal.aborted) break;
    const result = await verifyOne(context, project, one, options, signal);
    judged.push(result);
    if (options.json !== true) terminal.out(verifyReport(result));
  }
  if (options.json === true) terminal.out(verifyJson(judged));
  if (options.junit !== undefined) writeReport(options.junit, junit(judged));
  return worstExit(judged);
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
  const linked = await planAll(project, names, { ...options, runbook: null });
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
  return matrixExit(cells, judged);
};

/** The table is the result: a wrong runbook that heals nothing is a finding, not a failure, but a marked cell has to agree. */
const matrixExit = (cells: readonly MatrixCell[], judged: readonly Judgement[]): number => {
  const broken = worstExit(judged.filter(({ exit }) => ![0, 1, 4].includes(exit.code)));
  if (broken !== 0) return broken;
  const expected = cells.filter((cell) => cell.expected !== null);
  if (expected.some((cell) => cell.verdict === 'inconclusive')) return 4;
  return expected.some((cell) => cell.verdict !== cell.expected) ? 1 : 0;
};

const verifyOne = async (
  context: CommandContext,
  project: Project,
  { plan, experiment, documents }: Planned,
  options: Options,
  signal: AbortSignal,
): Promise<Judgement> => {
  const { terminal } = context;
  const text = (file: string): string => documents.get(file) ?? '';
  const rules = compressRules(text('monitoring/alerts.yml'), plan.speed);
  const { runFolder, events } = await conduct({
    plan,
    runsFolder: project.runsFolder,
    version: context.version,
    startedAt: new Date(),
    clock: startClock(),
    history: historyOf(project.runsFolder, experiment.name),
    documents,
    faults,
    undoers,
    signal,
    readRunbook: { exists: project.exists, read: async (file) => orThrow(await project.runbook(file)) },
    openEnvironment: (opening) =>
      openEmbedded({
        ...opening,
        service: plan.service,
        speed: plan.speed,
        monitoring: {
          prometheus: compressPrometheus(text('monitoring/prometheus.yml'), plan.speed),
          alertmanager: compressAlertmanager(text('monitoring/alertmanager.yml'), plan.speed),
          rules: { 'alerts.yml': rules.text },
        },
      }),
    onEvent: (event) => {
      const line = options.quiet === true ? undefined : progressLine(event);
      if (line !== undefined) terminal.err(line);
    },
  });
  const result = judgement(events);
  keepSummary(runFolder, {
    runId: result.runId,
    startedAt: result.startedAt,
    mode: 'verify',
    experiment: plan.experiment.name,
    outcome: result.exit.name,
    runbook: result.runbook?.verdict ?? null,
  });
  return result;
};

/** Precedence of experience: residue, tool failed, ended early, inconclusive, failed. */
const precedence = [5, 6, 3, 130, 143, 124, 4, 1, 0] as const;
const worstExit = (judged: readonly Judgement[]): number =>
  precedence.find((code) => judged.some(({ exit }) => exit.code === code)) ?? 0;

const limited = (signal: AbortSignal, timeout: Ms | undefined): AbortSignal => {
  if (timeout === undefined) return signal;
  const limit = new AbortController();
  setTimeout(() => limit.abort(new Stopped('time limit')), timeout).unref();
  return AbortSignal.any([signal, limit.signal]);
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

const atLeastOne = (text: string): number => {
  const value = Number(text);
  if (!(value >= 1 && value <= 1_000)) throw new InvalidArgumentError('a number from 1 to 1000 is needed.');
  return value;
};

const wholeNumber = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number is needed.');
  return Number(text);
};

const aDuration = (text: string): Ms => {
  const value = parseDuration(text);
  if (value === undefined || value === 0) throw new InvalidArgumentError('a duration such as 5m is needed.');
  return value;
};
