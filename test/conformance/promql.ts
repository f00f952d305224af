/** Every evaluation of Prometheus' own PromQL test scripts, as far as they concern floats and classic histograms. */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SeriesStore } from '../../src/embedded/prometheus/store.ts';
import { evaluate } from '../../src/promql/evaluate.ts';
import { evaluateRange } from '../../src/promql/evaluate-range.ts';
import { labelsKey, showLabels } from '../../src/promql/labels.ts';
import { showValue } from '../../src/promql/numbers.ts';
import { parsePromql } from '../../src/promql/parse.ts';
import { labelsIn, pointsIn } from '../../src/promql/series-notation.ts';
import type { SeriesWindow, Value } from '../../src/promql/value.ts';
import { minutes, ms } from '../../src/units.ts';
import { readScript, seriesLine, type Expected, type Question, type SeriesLine } from './promql-script.ts';
import type { Case, Suite } from './suite.ts';

export const promql: Suite = {
  name: 'promql',
  run: async (folder, report) => {
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.test'))) {
      let store = emptyStore();
      for (const command of readScript(join(folder, file))) {
        if (command.type === 'clear') store = emptyStore();
        else if (command.type === 'load') load(store, command.stepMs, command.series);
        else {
          const name = `${basename(file)}:${command.line} ${command.question.expression}`;
          report({ name, ...judged(command.expected, answered(store, command.question)) });
        }
      }
    }
  },
};

const emptyStore = (): SeriesStore => new SeriesStore(ms(Infinity));

/** Of a series that one `load` holds twice, the second line counts. */
const load = (store: SeriesStore, stepMs: number, lines: readonly SeriesLine[]): void => {
  const written = new Map(lines.map(({ series, points }) => [labelsKey(labelsIn(series)), { series, points }]));
  for (const { series: text, points } of written.values()) {
    const series = store.seriesOf(labelsIn(text));
    for (const [slot, point] of pointsIn(points).entries()) {
      if (point === 'stale') store.markStale(series, slot * stepMs);
      else if (point !== undefined) store.append(series, slot * stepMs, point);
    }
  }
};

/** A name that goes later is what upstream's scripts were written for. */
const options = { lookbackMs: minutes(5), names: 'later' } as const;

type Answer = Value | { readonly type: 'refused'; readonly why: string };

const answered = (store: SeriesStore, { expression: text, startMs, endMs, stepMs }: Question): Answer => {
  const parsed = parsePromql(text);
  if (!parsed.ok) return { type: 'refused', why: parsed.problems.map(({ message }) => message).join('; ') };
  try {
    if (stepMs === 0) return evaluate(parsed.expression, store, startMs, { ...options, stepMs: minutes(1) });
    const series = evaluateRange(
      parsed.expression,
      store,
      { startMs, endMs, stepMs },
      { ...options, stepMs: minutes(1) },
    );
    return { type: 'matrix', series: series.map((each) => slotsOf(each, startMs, stepMs)) };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'EvaluationError') throw error;
    return { type: 'refused', why: error.message };
  }
};

/** Times as slots of a line, so that answers of both kinds are compared alike. */
const slotsOf = ({ labels, times, values }: SeriesWindow, startMs: number, stepMs: number): SeriesWindow => ({
  labels,
  times: times.map((timeMs) => (timeMs - startMs) / stepMs),
  values,
});

const judged = (expected: Expected, answer: Answer): Pick<Case, 'difference'> => {
  const shown = shownAnswer(answer);
  const differ = (wanted: string): Pick<Case, 'difference'> => ({ difference: { expected: wanted, got: shown } });
  if (expected.fails) return answer.type === 'refused' ? {} : differ('a failure');
  switch (answer.type) {
    case 'refused':
      return differ(expected.lines.join('\n'));
    case 'string':
      return expected.string === undefined || JSON.stringify(answer.value) === expected.string
        ? {}
        : differ(expected.string);
    case 'scalar': {
      const wanted = pointsIn(expected.lines.join(' '))[0];
      return typeof wanted === 'number' && isClose(answer.value, wanted) ? {} : differ(expected.lines.join('\n'));
    }
    case 'vector':
    case 'matrix':
      return agrees(expected, seriesIn(answer, expected)) ? {} : differ(expected.lines.join('\n'));
    default:
      return answer satisfies never;
  }
};

const seriesIn = (
  answer: Extract<Answer, { type: 'vector' | 'matrix' }>,
  { matrix }: Expected,
): readonly SeriesWindow[] => {
  if (answer.type === 'vector')
    return answer.samples.map(({ labels, value }) => ({ labels, times: [0], values: [value] }));
  return matrix === undefined
    ? answer.series
    : answer.series.map((each) => slotsOf(each, matrix.startMs, matrix.stepMs));
};

const agrees = ({ ordered, lines }: Expected, got: readonly SeriesWindow[]): boolean => {
  const wanted = lines.map((line) => {
    const { series, points } = seriesLine(line);
    return { key: labelsKey(labelsIn(series)), points: pointsIn(points) };
  });
  const keys = got.map(({ labels }) => labelsKey(labels));
  if (new Set(keys).size < keys.length || keys.length !== wanted.length) return false;
  return wanted.every(({ key, points }, place) => {
    const found = ordered ? (keys[place] === key ? got[place] : undefined) : got[keys.indexOf(key)];
    const present = points.flatMap((point, slot) => (typeof point === 'number' ? [{ slot, point }] : []));
    return (
      found?.times.length === present.length &&
      present.every(({ slot, point }, index) => found.times[index] === slot && isClose(found.values[index]!, point))
    );
  });
};

const smallestNormal = 2 ** -1022;

const isClose = (left: number, right: number): boolean => {
  if (Object.is(left, right) || left === right) return true;
  const [difference, sum] = [Math.abs(left - right), Math.abs(left) + Math.abs(right)];
  if (left === 0 || right === 0 || sum < smallestNormal) return difference < 1e-6 * smallestNormal;
  return difference / Math.min(sum, Number.MAX_VALUE) < 1e-6;
};

const shownAnswer = (answer: Answer): string => {
  switch (answer.type) {
    case 'refused':
      return `a failure: ${answer.why}`;
    case 'string':
      return JSON.stringify(answer.value);
    case 'scalar':
      return showValue(answer.value);
    case 'vector':
      return answer.samples.map(({ labels, value }) => `${showLabels(labels)} ${showValue(value)}`).join('\n');
    case 'matrix':
      return answer.series
        .map(({ labels, times, values }) => {
          const points = times.map((time, index) => `${showValue(values[index]!)}@${time}`);
          return `${showLabels(labels)} ${points.join(' ')}`;
        })
        .join('\n');
    default:
      return answer satisfies never;
  }
};
