/** `gameday routes`: who would be told of an alert, by the team's alertmanager.yml and without a server. */
import { readConfig, type Config } from '../../embedded/alertmanager/config.ts';
import { showLabels } from '../../embedded/alertmanager/labels.ts';
import { routingOf, type Routing } from '../../embedded/alertmanager/routing.ts';
import { versions } from '../../embedded/alertmanager/version.ts';
import { GamedayError, type Problem } from '../../errors.ts';
import { oneLine } from '../../reports/plain-text.ts';
import { alertmanagerFile } from '../project/alertmanager-file.ts';
import type { AddCommand } from '../command.ts';
import { exitCodes, helpAfter } from '../exit-codes.ts';
import { readRouteCases, type RouteCase } from './cases.ts';
import { ruleSource } from '../rules/source.ts';

type Options = { readonly config?: string; readonly file?: string; readonly json?: boolean };
type Labels = Readonly<Record<string, string>>;

export const addRoutes: AddCommand = (program, run) => {
  program
    .command('routes')
    .addHelpText('after', helpAfter(['gameday routes test severity=page team=db'], codes))
    .command('test')
    .argument('[labels...]', 'the labels of one alert: name=value')
    .description('say which receivers an alert goes to, or check a file of cases')
    .option('--file <file>', 'cases with their expected receivers, and what inhibits them')
    .option('--config <file>', "an alertmanager.yml; the project's own when left out")
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `${helpAfter(
        [
          'gameday routes test severity=page team=db',
          'gameday routes test --file monitoring/routes_test.yml',
          'gameday routes test --config alertmanager.yml severity=page --json',
        ],
        codes,
      )}\n\n${caseHelp}`,
    )
    .action(
      run(async (context, written: readonly string[], { config, file, json }: Options) => {
        const alert = labelsIn(written);
        if (Object.keys(alert).length > 0 === (file !== undefined))
          throw new GamedayError('USAGE', {
            message:
              file === undefined ? 'no alert is given' : 'an alert and a file of cases are given; expected one of them',
            hint: 'gameday routes test severity=page, or gameday routes test --file CASES.yml',
          });
        const source = ruleSource(alertmanagerFile(context, config));
        const routes = readConfig(source.file, source.text);
        const { out } = context.terminal;
        if (file === undefined) {
          const routing = routingOf(routes, versions['0.33'], alert);
          if (json === true) out(JSON.stringify({ schemaVersion: 1, labels: alert, routes: routing.routes }, null, 2));
          else for (const { receiver, key } of routing.routes) out(`${oneLine(receiver)}  by ${oneLine(key)}`);
          return 0;
        }
        const cases = casesIn(file, routes);
        const results = cases.map((each) => ({ ...each, ...resultOf(each, routes) }));
        const failed = results.filter(({ passed }) => !passed);
        if (json === true) out(JSON.stringify({ schemaVersion: 1, cases: results }, null, 2));
        else {
          for (const result of failed) out(showFailure(result));
          out(`${results.length - failed.length} passed, ${failed.length} failed`);
        }
        return failed.length === 0 ? 0 : 1;
      }),
    );
};

const codes = { 0: 'every alert goes where it should', 1: 'an alert goes elsewhere', 2: exitCodes[2] } as const;

const caseHelp = `A file of cases:
  cases:
    - name: a slow query is not told while the database is down
      labels: { alertname: SlowQueries, severity: warning, cluster: c1 }
      firing: [{ alertname: DatabaseDown, cluster: c1 }]
      inhibited: true                  # false when left out
      receivers: [tickets]             # in the order of the routes`;

const labelsIn = (written: readonly string[]): Labels => {
  const problems: Problem[] = [];
  const labels: Record<string, string> = {};
  for (const pair of written) {
    const [, name, value] = /^([^=\s]+)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined || value === undefined)
      problems.push({ message: `"${pair}" is no label; expected name=value`, hint: 'severity=page' });
    else if (Object.hasOwn(labels, name))
      problems.push({ message: `label ${name} is given twice`, hint: 'give it once' });
    else labels[name] = value;
  }
  if (problems.length > 0) throw new GamedayError('USAGE', problems);
  return labels;
};

const casesIn = (file: string, { receivers }: Config): readonly RouteCase[] => {
  const read = readRouteCases(
    ruleSource(file),
    receivers.map(({ name }) => name),
  );
  if (read.ok) return read.value;
  throw new GamedayError('DOCUMENT_INVALID', read.problems);
};

type Result = {
  readonly passed: boolean;
  readonly receivers: readonly string[];
  readonly inhibited: boolean;
} & Routing;

const resultOf = ({ labels, firing, expected }: RouteCase, config: Config): Result => {
  const routing = routingOf(config, versions['0.33'], labels, firing);
  const receivers = routing.routes.map(({ receiver }) => receiver);
  const inhibited = routing.inhibitedBy.length > 0;
  const passed = inhibited === expected.inhibited && JSON.stringify(receivers) === JSON.stringify(expected.receivers);
  return { passed, receivers, inhibited, ...routing };
};

const showFailure = ({ name, at, labels, expected, receivers, inhibited, inhibitedBy }: RouteCase & Result): string => {
  const shown = (names: readonly string[], muted: boolean): string =>
    `${names.join(', ')}${muted ? ', inhibited' : ''}`;
  const by = inhibitedBy.map((each) => ` by ${showLabels(each)}`).join('');
  return [
    `✖ ${oneLine(name)}`,
    `  at ${at.file}:${at.line}`,
    `  ${oneLine(showLabels(labels))}`,
    `  expected  ${oneLine(shown(expected.receivers, expected.inhibited))}`,
    `  got       ${oneLine(shown(receivers, inhibited) + by)}`,
  ].join('\n');
};
