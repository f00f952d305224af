/** `gameday rules`: alert rules without an outage: their unit tests, what they cannot do, what they would have done. */
import type { Command } from 'commander';
import { GamedayError, showProblems } from '../../errors.ts';
import { oneLine } from '../../reports/plain-text.ts';
import type { AddCommand, RunAction } from '../command.ts';
import { exitCodes, helpAfter } from '../exit-codes.ts';
import { monitoringNames } from '../project/monitoring-names.ts';
import { located, projectAround } from './source.ts';
import { addBacktest } from './backtest-command.ts';

export const addRules: AddCommand = (program, run) => {
  const rules = program
    .command('rules')
    .addHelpText(
      'after',
      helpAfter(
        [
          'gameday rules test monitoring/*_test.yml',
          'gameday rules check',
          'gameday rules backtest --all --rules new.yml',
        ],
        { 0: 'nothing to object to', 1: 'a check failed', 2: exitCodes[2], 3: exitCodes[3] },
      ),
    );
  addTest(rules, run);
  addCheck(rules, run);
  addBacktest(rules, run);
};

const addTest = (rules: Command, run: RunAction): void => {
  rules
    .command('test')
    .argument('<files...>', 'promtool unit-test files')
    .description('run promtool unit tests of rule files')
    .option('--compat <version>', '2: ranges and lookbacks include their left edge, as before Prometheus 3', '3')
    .option('--json', 'print every check as JSON')
    .addHelpText(
      'after',
      helpAfter(['gameday rules test monitoring/alerts_test.yml'], {
        0: 'every check passed',
        1: 'a check failed',
        2: exitCodes[2],
      }),
    )
    .action(
      run(async (context, given: readonly string[], { compat, json }: { compat: string; json?: boolean }) => {
        const { terminal } = context;
        const project = await projectAround(context);
        const files = given.map((file) => located(file, project));
        if (compat !== '2' && compat !== '3')
          throw new GamedayError('USAGE', { message: `--compat ${compat} is no version`, hint: 'use 2 or 3' });
        const { runRuleTests } = await import('./unit-tests.ts');
        const checks = files.flatMap((file) => runRuleTests(file, compat === '2' ? 2 : 3));
        const failed = checks.flatMap(({ name, at, difference }) => (difference ? [{ name, at, ...difference }] : []));
        if (json === true) terminal.out(JSON.stringify({ schemaVersion: 1, checks }, null, 2));
        else {
          const indented = (text: string): string => text.split('\n').map(oneLineKept).join('\n    ');
          for (const { name, at, expected, got } of failed)
            terminal.out(
              `✖ ${oneLine(name)}\n  at ${at.file}:${at.line}\n  expected\n    ${indented(expected)}\n  got\n    ${indented(got)}`,
            );
          terminal.out(`${checks.length - failed.length} passed, ${failed.length} failed`);
        }
        return failed.length === 0 ? 0 : 1;
      }),
    );
};

/** One printable line that keeps its indent. */
const oneLineKept = (text: string): string => (/^ */.exec(text)?.[0] ?? '') + oneLine(text);

const addCheck = (rules: Command, run: RunAction): void => {
  rules
    .command('check')
    .argument('[files...]', `rule files; ${monitoringNames.rules} of the project when left out`)
    .description('find what Prometheus would refuse in rule files, and what cannot work')
    .option('--config <file>', `judge durations by this prometheus.yml; the project's own when left out`)
    .option(
      '--target <url>',
      'an address of metrics, or a Prometheus server: which metrics are there (repeatable)',
      all,
      [],
    )
    .option('--json', 'print the findings as JSON')
    .addHelpText(
      'after',
      helpAfter(['gameday rules check', 'gameday rules check alerts.yml --target http://127.0.0.1:9187/metrics'], {
        0: 'nothing to object to',
        1: 'a rule cannot work',
        2: 'Prometheus would refuse a file',
        3: 'a target does not answer',
      }),
    )
    .action(
      run(
        async (
          context,
          given: readonly string[],
          { config, target, json }: { config?: string; target: readonly string[]; json?: boolean },
        ) => {
          const project = given.length === 0 ? await context.project() : await projectAround(context);
          const files = (given.length > 0 ? given : [monitoringNames.rules]).map((file) => located(file, project));
          const own = project?.exists(monitoringNames.prometheus) === true ? monitoringNames.prometheus : undefined;
          const judgedBy = config ?? own;
          const { checkRules } = await import('./check.ts');
          const { wrong, doubtful } = await checkRules({
            ...{ files, targets: target, signal: context.signal, exists: project?.exists },
            config: judgedBy === undefined ? undefined : located(judgedBy, project),
          });
          const { out, err } = context.terminal;
          if (json === true) out(JSON.stringify({ schemaVersion: 1, wrong, doubtful }, null, 2));
          else if (wrong.length + doubtful.length === 0)
            out(`${files.length === 1 ? '1 file' : `${files.length} files`}: nothing to object to`);
          if (wrong.length + doubtful.length > 0) err(showProblems([...wrong, ...doubtful]));
          return wrong.length > 0 ? 2 : doubtful.length > 0 ? 1 : 0;
        },
      ),
    );
};

const all = (value: string, before: readonly string[]): readonly string[] => [...before, value];
