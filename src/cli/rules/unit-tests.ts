/** Runs promtool unit-test files: reads them and the rule files they name, and says of every check what came out. */
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readRuleTestFile, type RuleTest, type RuleTestFile } from '../../documents/rule-test-file.ts';
import { readRules, type RuleGroup } from '../../embedded/prometheus/rule-files.ts';
import { runUnitTest, type FiringAlert } from '../../embedded/prometheus/unit-test.ts';
import { GamedayError, reasonOf, type Place, type Problem } from '../../errors.ts';
import type { Expression } from '../../promql/expression.ts';
import { labelsKey, labelsOf, showLabels, type Labels } from '../../promql/labels.ts';
import { showValue } from '../../promql/numbers.ts';
import { parsePromql } from '../../promql/parse.ts';
import { labelsIn, pointsIn } from '../../promql/series-notation.ts';
import type { VectorSample } from '../../promql/value.ts';
import { formatDuration } from '../../units.ts';
import { ruleSource } from './source.ts';

/** One check of a test file. */
export type CheckedRule = {
  readonly name: string;
  readonly at: Place;
  /** Absent: it came out as expected. */
  readonly difference?: { readonly expected: string; readonly got: string };
};

/** @throws {GamedayError} DOCUMENT_INVALID with everything wrong with the file or the rule files it names. */
export const runRuleTests = (file: string, compat?: 2 | 3): readonly CheckedRule[] => {
  const read = readRuleTestFile(ruleSource(file));
  if (!read.ok) throw new GamedayError('DOCUMENT_INVALID', read.problems);
  const groups = groupsOf(read.value);
  return read.value.tests.flatMap((test) => checksOf(read.value, test, groups, compat));
};

const groupsOf = ({ file, ruleFiles, groupOrder }: RuleTestFile): readonly RuleGroup[] => {
  const problems: Problem[] = [];
  const groups = ruleFiles.flatMap(({ pattern, at }) => {
    const found = globSync(join(dirname(file), pattern)).toSorted();
    if (found.length === 0) problems.push({ message: `${pattern} matches no file`, at, hint: 'correct the path' });
    return found.flatMap((each) => {
      const rules = readRules(each, ruleSource(each).text);
      problems.push(...rules.problems);
      return rules.groups;
    });
  });
  if (problems.length > 0) throw new GamedayError('DOCUMENT_INVALID', problems);
  const placeOf = ({ name }: RuleGroup): number =>
    groupOrder.includes(name) ? groupOrder.indexOf(name) : groupOrder.length;
  return groups.toSorted((left, right) => placeOf(left) - placeOf(right));
};

const checksOf = (
  { evaluationIntervalMs, fuzzy }: RuleTestFile,
  test: RuleTest,
  groups: readonly RuleGroup[],
  compat: 2 | 3 | undefined,
): readonly CheckedRule[] => {
  const problems: Problem[] = [];
  const series = test.series.flatMap(({ series: text, values, at }) => {
    try {
      return [{ labels: labelsIn(text), points: pointsIn(values) }];
    } catch (error) {
      problems.push({
        message: reasonOf(error),
        at,
        hint: 'write name{label="value"}, and values such as 1 2x3 _ stale',
      });
      return [];
    }
  });
  const expressions = test.expressions.flatMap(({ expr, evalMs, at }) => {
    const expression = parsed(expr, at, problems);
    return expression === undefined ? [] : [{ evalMs, expression }];
  });
  if (problems.length > 0) throw new GamedayError('DOCUMENT_INVALID', problems);
  const { alerts, startMs, intervalMs, externalUrl } = test;
  const externalLabels = labelsOf(Object.entries(test.externalLabels));
  const answers = runUnitTest(groups, {
    ...{ startMs, intervalMs, evaluationIntervalMs, series, alerts, expressions, externalLabels, externalUrl, compat },
  });
  const prefix = test.name === '' ? '' : `${test.name}: `;
  return [
    ...alerts.map(({ alert, evalMs, expected, at }, index): CheckedRule => {
      const wanted = expected.map(({ labels, annotations }) => ({
        labels: labelsOf([...Object.entries(labels), ['alertname', alert]]),
        annotations,
      }));
      const [left, right] = [wanted, answers.alerts[index] ?? []].map(showAlerts);
      return { name: `${prefix}${alert} at ${formatDuration(evalMs)}`, at, ...difference(left!, right!) };
    }),
    ...test.expressions.map(({ expr, evalMs, expected, at }, index): CheckedRule => {
      const wanted = expected.map((sample) => ({ labels: expectedLabels(sample.series, at), value: sample.value }));
      const got = answers.expressions[index] ?? [];
      const name = `${prefix}${expr.trim()} at ${formatDuration(evalMs)}`;
      if (typeof got !== 'string' && areEqual(wanted, got, fuzzy)) return { name, at };
      return {
        name,
        at,
        difference: { expected: showSamples(wanted), got: typeof got === 'string' ? got : showSamples(got) },
      };
    }),
    ...answers.failures.map((got): CheckedRule => {
      return { name: `${prefix}every rule can be evaluated`, at: test.at, difference: { expected: 'no error', got } };
    }),
  ];
};

const parsed = (text: string, at: Place, problems: Problem[]): Expression | undefined => {
  const read = parsePromql(text);
  if (read.ok) return read.expression;
  for (const { message } of read.problems)
    problems.push({ message: `expr: ${message}`, at, hint: 'correct the expression' });
  return undefined;
};

const expectedLabels = (text: string, at: Place): Labels => {
  try {
    return text.trim() === '' ? labelsOf([]) : labelsIn(text);
  } catch (error) {
    throw new GamedayError('DOCUMENT_INVALID', { message: reasonOf(error), at, hint: 'write name{label="value"}' });
  }
};

const difference = (expected: string, got: string): Pick<CheckedRule, 'difference'> =>
  expected === got ? {} : { difference: { expected, got } };

const nothing = 'nothing';

const showAlerts = (alerts: readonly FiringAlert[]): string =>
  alerts
    .map(({ labels, annotations }) =>
      [
        showLabels(labels),
        ...Object.entries(annotations)
          .toSorted(([left], [right]) => (left < right ? -1 : 1))
          .map(([name, text]) => `  ${name}: ${text}`),
      ].join('\n'),
    )
    .toSorted()
    .join('\n') || nothing;

const showSamples = (samples: readonly VectorSample[]): string =>
  samples
    .map(({ labels, value }) => `${showLabels(labels)} ${showValue(value)}`)
    .toSorted()
    .join('\n') || nothing;

const areEqual = (wanted: readonly VectorSample[], got: readonly VectorSample[], fuzzy: boolean): boolean => {
  const values = new Map(got.map(({ labels, value }) => [labelsKey(labels), value]));
  return (
    wanted.length === got.length &&
    wanted.every(({ labels, value }) => {
      const found = values.get(labelsKey(labels));
      if (found === undefined) return false;
      if (Object.is(found, value) || found === value) return true;
      return fuzzy && Math.abs(found - value) <= Math.abs(value) * 2 ** -52;
    })
  );
};
