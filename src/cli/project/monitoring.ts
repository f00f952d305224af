/**
 * The team's monitoring files, read before a run by the very code that will run them, so that nothing is started for a
 * file that the stand-ins would refuse.
 */
import { resolve } from 'node:path';
import type { Read, Source } from '../../documents/document.ts';
import type { RuleFile } from '../../documents/rule-file.ts';
import { readConfig as readAlertmanager } from '../../embedded/alertmanager/config.ts';
import { readConfig as readPrometheus } from '../../embedded/prometheus/config.ts';
import { readRules } from '../../embedded/prometheus/rule-files.ts';
import { GamedayError, type Problem } from '../../errors.ts';
import { parsedRule } from '../../plan/make-plan.ts';
import { monitoringNames } from './monitoring-names.ts';

/** Expressions and templates of every rule: Prometheus refuses a file as a whole, for rules that nobody expects here, too. */
export const ruleProblems = (rules: RuleFile, source: Source): readonly Problem[] => {
  const problems: Problem[] = [];
  for (const rule of rules.groups.flatMap((group) => group.rules)) parsedRule(rule, problems);
  // Of expressions it only says again what the plan says.
  const others = readRules(source.file, source.text).problems.filter(
    ({ message }) => !/^groups\[\d+\]\.rules\[\d+\]\.expr: /.test(message),
  );
  return [...problems, ...others].map(completed).toSorted((a, b) => (a.at?.line ?? 0) - (b.at?.line ?? 0));
};

/** The receivers that alerts can reach, or the problems of prometheus.yml and alertmanager.yml. */
export const readReceivers = (source: (file: string) => Source): Read<readonly string[]> => {
  const problems: Problem[] = [];
  const attempt = <Value>(file: string, read: (file: string, text: string) => Value): Value | undefined => {
    try {
      return read(file, source(file).text);
    } catch (error) {
      if (!(error instanceof GamedayError)) throw error;
      // After a syntax error the rest of the file is guesswork.
      const syntax = error.problems.filter(({ message }) => drawn.test(message));
      problems.push(...(syntax.length > 0 ? syntax : error.problems).map(completed));
      return undefined;
    }
  };
  const prometheus = attempt(monitoringNames.prometheus, readPrometheus);
  const { prometheus: file, rules } = monitoringNames;
  if (prometheus !== undefined && prometheus.ruleFiles.join() !== resolve(rules))
    problems.push({
      message: `rule_files has ${prometheus.ruleFiles.length} entries; expected alerts.yml and nothing else`,
      at: { file, line: lineOf(source(file).text, /^rule_files:/), column: 1 },
      hint: `put all rules into ${rules}`,
    });
  const alertmanager = attempt(monitoringNames.alertmanager, readAlertmanager);
  if (alertmanager === undefined || problems.length > 0) return { ok: false, problems };
  return { ok: true, value: alertmanager.receivers.map(({ name }) => name) };
};

/** The parser of YAML draws the line again behind its message; the place says it shorter. */
const drawn = / at line \d+, column \d+:/;

/** One line, and a next step. */
export const completed = ({ message, at, hint }: Problem): Problem => ({
  message: (message.split(drawn)[0] ?? message).replaceAll(/\s+/g, ' '),
  ...(at === undefined ? {} : { at }),
  hint: hint ?? 'correct or remove it; the replica cannot start with it',
});

const lineOf = (text: string, pattern: RegExp): number =>
  Math.max(
    0,
    text.split('\n').findIndex((line) => pattern.test(line)),
  ) + 1;
