/** Real teams' rule files load, their promtool tests pass, and templates fill as the real server filled them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runRuleTests } from '../../src/cli/rules/unit-tests.ts';
import { readRules } from '../../src/embedded/prometheus/rule-files.ts';
import { SeriesStore } from '../../src/embedded/prometheus/store.ts';
import { expand, template, type TemplateData } from '../../src/embedded/prometheus/template.ts';
import { evaluate } from '../../src/promql/evaluate.ts';
import { labelsOf } from '../../src/promql/labels.ts';
import { parsePromql } from '../../src/promql/parse.ts';
import { labelsIn } from '../../src/promql/series-notation.ts';
import { minutes, ms } from '../../src/units.ts';
import type { Case, Suite } from './suite.ts';

/** That these tests pass was seen with a Prometheus 2; some of them lean on a lookback that includes its left edge. */
const recordedWith = 2;

export const rules: Suite = {
  name: 'rules',
  run: async (folder, report) => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
    for (const file of files.filter((name) => /\.ya?ml$/.test(name))) {
      const text = readFileSync(join(folder, file), 'utf8');
      if (/^groups:/m.test(text)) report({ name: file, ...loaded(file, text) });
      else if (/^tests:/m.test(text))
        for (const { name, at, difference } of runRuleTests(join(folder, file), recordedWith))
          report({ name: `${file}:${at.line} ${name}`, ...(difference === undefined ? {} : { difference }) });
    }
    const goldens = join(folder, 'template-goldens.json');
    if (existsSync(goldens)) compareTemplates(readFileSync(goldens, 'utf8'), report);
  },
};

const loaded = (file: string, text: string): Pick<Case, 'difference'> => {
  const problems = readRules(file, text).problems.map(({ message, at }) => `${at?.line ?? 0}: ${message}`);
  return problems.length === 0 ? {} : { difference: { expected: 'no problem', got: problems.join('\n') } };
};

type Goldens = {
  readonly context: {
    readonly labels: Readonly<Record<string, string>>;
    readonly externalLabels: Readonly<Record<string, string>>;
    readonly series: Readonly<Record<string, number>>;
  };
  readonly cases: readonly {
    readonly value: string;
    readonly template: string;
    readonly expect?: string;
    readonly expectError?: unknown;
    /** Refused when it is loaded. */
    readonly invalid?: unknown;
  }[];
};

const compareTemplates = (written: string, report: (result: Case) => void): void => {
  const { context, cases } = JSON.parse(written) as Goldens;
  const store = new SeriesStore(ms(Infinity));
  for (const [series, value] of Object.entries(context.series))
    store.append(store.seriesOf(labelsIn(series)), 0, value);
  const query: TemplateData['query'] = (text) => {
    const parsed = parsePromql(text);
    if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
    const value = evaluate(parsed.expression, store, 0, { lookbackMs: minutes(5) });
    return value.type === 'vector' ? value.samples : [];
  };
  const data = {
    labels: labelsOf(Object.entries(context.labels)),
    externalLabels: labelsOf(Object.entries(context.externalLabels)),
    ...{ externalUrl: '', atMs: 0, query },
  };
  for (const { value, template: text, expect = '', expectError, invalid } of cases) {
    const got = filled(text, { ...data, value: Number(value.replace('Inf', 'Infinity')) });
    const expected = invalid ? 'refused' : expectError ? '<error expanding template: …>' : expect;
    const shown = expectError ? got.replace(/(?<=^<error expanding template: ).*/s, '…>') : got;
    report({
      name: `template of ${value}: ${text}`,
      ...(shown === expected ? {} : { difference: { expected, got } }),
    });
  }
};

const filled = (text: string, data: TemplateData): string => {
  try {
    return expand(template(text), data);
  } catch {
    return 'refused';
  }
};
