/**
 * A tree and some series → a value, at one moment. The semantics are those of Prometheus 3: windows and the lookback are
 * open on the left, a stale series is gone at once, and the metric's name goes where a value stops being that metric.
 */
import { aggregate } from './aggregate.ts';
import type { Call, Expression, Node, Selector, Shift } from './expression.ts';
import { unwrapped } from './expression.ts';
import { histogramFraction, histogramQuantile } from './histogram.ts';
import { joinLabels, labelsOfMissing, replaceLabel } from './label-functions.ts';
import { labelsKey, noLabels } from './labels.ts';
import { unnamedAtOnce, unnamedLater, withoutMarkedNames, type Unnamed } from './names.ts';
import { operate } from './operators.ts';
import {
  calendarFunctions,
  isCalendarFunction,
  isSampleFunction,
  sampleFunctions,
  type CalendarFunctionName,
} from './sample-functions.ts';
import { indexAfter, indexAt, type SeriesSource } from './series.ts';
import { distinct, type SeriesWindow, type Value, type VectorSample } from './value.ts';
import { isWindowFunction, keepsName, windowFunctions, type WindowFunctionName } from './window-functions.ts';

export type EvaluateOptions = {
  /** How far back an instant selector sees its newest sample. Prometheus' own default is 5 minutes. */
  readonly lookbackMs: number;
  /** Step of a subquery that names none: the evaluation interval. */
  readonly stepMs?: number;
  /** What `@ start()` and `@ end()` mean in a range query; the evaluation time unless given. */
  readonly startMs?: number;
  readonly endMs?: number;
  /** Windows and the lookback include their left edge, as they did before Prometheus 3. */
  readonly compat?: 2 | 3 | undefined;
  /** `later`: a metric's name only goes at the end of the query. Production servers remove it `at once`. */
  readonly names?: 'at once' | 'later';
};

/**
 * @param atMs Milliseconds since the Unix epoch, as the series' times.
 * @throws {EvaluationError} when the data make the expression impossible, such as two partners for one element.
 */
export const evaluate = ({ root }: Expression, source: SeriesSource, atMs: number, options: EvaluateOptions): Value => {
  const query = { startMs: options.startMs ?? atMs, endMs: options.endMs ?? atMs };
  const value = new Evaluation(source, options, query).at(root, atMs);
  return value.type === 'vector' && options.names === 'later' ? vector(withoutMarkedNames(value.samples)) : value;
};

class Evaluation {
  readonly #source: SeriesSource;
  readonly #options: EvaluateOptions;
  readonly #query: { readonly startMs: number; readonly endMs: number };
  readonly #unnamed: Unnamed;
  /** Times are whole milliseconds, so a window that is open on the left includes its edge when it begins one earlier. */
  readonly #edgeMs: 0 | 1;

  constructor(source: SeriesSource, options: EvaluateOptions, query: { startMs: number; endMs: number }) {
    this.#source = source;
    this.#options = options;
    this.#query = query;
    this.#unnamed = options.names === 'later' ? unnamedLater : unnamedAtOnce;
    this.#edgeMs = options.compat === 2 ? 1 : 0;
  }

  at(node: Node, atMs: number): Value {
    switch (node.kind) {
      case 'number':
        return { type: 'scalar', value: node.value };
      case 'string':
        return { type: 'string', value: node.value };
      case 'parens':
        return this.at(node.of, atMs);
      case 'sign':
        return node.negative ? this.#negated(this.at(node.of, atMs)) : this.at(node.of, atMs);
      case 'selector':
        return vector(this.#instant(node, atMs));
      case 'range':
      case 'subquery':
        return { type: 'matrix', series: this.#windows(node, atMs).series };
      case 'binary':
        return operate(node, this.at(node.left, atMs), this.at(node.right, atMs), this.#unnamed);
      case 'aggregation': {
        const parameter = node.parameter === undefined ? undefined : this.at(node.parameter, atMs);
        const plain = parameter?.type === 'scalar' || parameter?.type === 'string' ? parameter.value : undefined;
        return vector(aggregate(node, plain, this.#vector(node.of, atMs)));
      }
      case 'call':
        return this.#call(node, atMs);
      default:
        return node satisfies never;
    }
  }

  #vector(node: Node, atMs: number): readonly VectorSample[] {
    const value = this.at(node, atMs);
    return value.type === 'vector' ? value.samples : [];
  }

  #number(node: Node | undefined, atMs: number): number {
    const value = node === undefined ? undefined : this.at(node, atMs);
    return value?.type === 'scalar' ? value.value : NaN;
  }

  #strings(nodes: readonly Node[], atMs: number): readonly string[] {
    return nodes.map((node) => {
      const value = this.at(node, atMs);
      return value.type === 'string' ? value.value : '';
    });
  }

  /** Where `shift` moves the evaluation. */
  #moved({ at, offsetMs }: Shift, atMs: number): number {
    const base = at === 'start' ? this.#query.startMs : at === 'end' ? this.#query.endMs : (at ?? atMs);
    return base - offsetMs;
  }

  #instant(selector: Selector, atMs: number, valueOf?: (timeMs: number) => number): readonly VectorSample[] {
    const movedMs = this.#moved(selector, atMs);
    const samples: VectorSample[] = [];
    for (const series of this.#source.select(selector.matchers)) {
      const index = indexAt(series, movedMs, this.#options.lookbackMs + this.#edgeMs);
      if (index === undefined) continue;
      const value = valueOf === undefined ? series.values[index]! : valueOf(series.times[index]!);
      samples.push({ labels: series.labels, value });
    }
    return samples;
  }

  #windows(
    node: Node,
    atMs: number,
  ): { readonly series: readonly SeriesWindow[]; readonly fromMs: number; readonly toMs: number } {
    const range = unwrapped(node);
    if (range.kind !== 'range' && range.kind !== 'subquery') throw new Error(`${range.kind} has no range`);
    const toMs = this.#moved(range.kind === 'range' ? range.of : range, atMs);
    const fromMs = toMs - range.rangeMs;
    const series: SeriesWindow[] = [];
    if (range.kind === 'subquery') {
      const stepMs = range.stepMs ?? this.#options.stepMs ?? 60_000;
      return { series: this.#subquery(range.of, fromMs - this.#edgeMs, toMs, stepMs), fromMs, toMs };
    }
    for (const found of this.#source.select(range.of.matchers)) {
      const window: { labels: SeriesWindow['labels']; times: number[]; values: number[] } = {
        labels: found.labels,
        times: [],
        values: [],
      };
      const end = indexAfter(found, toMs);
      for (let index = indexAfter(found, fromMs - this.#edgeMs); index < end; index++) {
        if (found.stale[index]) continue;
        window.times.push(found.times[index]!);
        window.values.push(found.values[index]!);
      }
      if (window.times.length > 0) series.push(window);
    }
    return { series, fromMs, toMs };
  }

  /** The grid is absolute: multiples of the step, the first one after `fromMs`. */
  #subquery(of: Node, fromMs: number, toMs: number, stepMs: number): readonly SeriesWindow[] {
    const windows = new Map<string, { labels: SeriesWindow['labels']; times: number[]; values: number[] }>();
    for (let atMs = (Math.floor(fromMs / stepMs) + 1) * stepMs; atMs <= toMs; atMs += stepMs) {
      const value = this.at(of, atMs);
      const samples = value.type === 'scalar' ? [{ labels: noLabels, value: value.value }] : this.#samplesOf(value);
      for (const sample of samples) {
        const key = labelsKey(sample.labels);
        const window = windows.get(key) ?? { labels: sample.labels, times: [], values: [] };
        windows.set(key, window);
        window.times.push(atMs);
        window.values.push(sample.value);
      }
    }
    return [...windows.values()];
  }

  #samplesOf(value: Value): readonly VectorSample[] {
    return value.type === 'vector' ? value.samples : [];
  }

  #call({ name, args }: Call, atMs: number): Value {
    if (isWindowFunction(name)) return vector(this.#overWindows(name, args, atMs));
    if (isCalendarFunction(name)) return vector(this.#calendar(name, args, atMs));
    const [first, second] = args as [Node, Node];
    if (isSampleFunction(name)) {
      const numbers = args.slice(1).map((arg) => this.#number(arg, atMs));
      if (name === 'clamp' && numbers[1]! < numbers[0]!) return vector([]);
      const apply: (value: number, ...further: number[]) => number = sampleFunctions[name];
      return vector(this.#renamed(this.#vector(first, atMs), (value) => apply(value, ...numbers)));
    }
    switch (name) {
      case 'time':
        return { type: 'scalar', value: atMs / 1_000 };
      case 'pi':
        return { type: 'scalar', value: Math.PI };
      case 'vector':
        return vector([{ labels: noLabels, value: this.#number(first, atMs) }]);
      case 'scalar': {
        const samples = this.#vector(first, atMs);
        return { type: 'scalar', value: samples.length === 1 ? samples[0]!.value : NaN };
      }
      case 'timestamp':
        return vector(this.#timestamps(first, atMs));
      case 'absent':
        return vector(this.#vector(first, atMs).length > 0 ? [] : [{ labels: labelsOfMissing(first), value: 1 }]);
      case 'absent_over_time':
        return vector(
          this.#windows(first, atMs).series.length > 0 ? [] : [{ labels: labelsOfMissing(first), value: 1 }],
        );
      case 'histogram_quantile':
        return vector(histogramQuantile(this.#number(first, atMs), this.#vector(second, atMs)));
      case 'histogram_fraction': {
        const [lower, upper] = [this.#number(first, atMs), this.#number(second, atMs)];
        return vector(histogramFraction(lower, upper, this.#vector(args[2]!, atMs)));
      }
      case 'label_replace': {
        const [target = '', template = '', from = '', pattern = ''] = this.#strings(args.slice(1), atMs);
        return vector(replaceLabel(this.#vector(first, atMs), [target, template, from, pattern]));
      }
      case 'label_join':
        return vector(joinLabels(this.#vector(first, atMs), this.#strings(args.slice(1), atMs)));
      case 'sort':
        return vector(sorted(this.#vector(first, atMs), 1));
      case 'sort_desc':
        return vector(sorted(this.#vector(first, atMs), -1));
      default:
        return name satisfies never;
    }
  }

  #overWindows(name: WindowFunctionName, args: readonly Node[], atMs: number): readonly VectorSample[] {
    const range = name === 'quantile_over_time' ? args[1]! : args[0]!;
    const parameter = args.length < 2 ? NaN : this.#number(name === 'quantile_over_time' ? args[0] : args[1], atMs);
    const { series, fromMs, toMs } = this.#windows(range, atMs);
    const samples: VectorSample[] = [];
    for (const window of series) {
      const value = windowFunctions[name]({ ...window, fromMs, toMs, atMs }, parameter);
      if (value === undefined) continue;
      samples.push(keepsName(name) ? { labels: window.labels, value } : this.#unnamed(window.labels, value));
    }
    return distinct(samples);
  }

  #calendar(name: CalendarFunctionName, [of]: readonly Node[], atMs: number): readonly VectorSample[] {
    const times = of === undefined ? [{ labels: noLabels, value: atMs / 1_000 }] : this.#vector(of, atMs);
    return this.#renamed(times, calendarFunctions[name]);
  }

  /** A plain selector knows when its samples were taken; anything else is as old as the evaluation. */
  #timestamps(node: Node, atMs: number): readonly VectorSample[] {
    const inner = unwrapped(node);
    const samples =
      inner.kind === 'selector' ? this.#instant(inner, atMs, (timeMs) => timeMs / 1_000) : this.#vector(node, atMs);
    return this.#renamed(samples, (value) => (inner.kind === 'selector' ? value : atMs / 1_000));
  }

  #renamed(samples: readonly VectorSample[], change: (value: number) => number): readonly VectorSample[] {
    return distinct(samples.map(({ labels, value }) => this.#unnamed(labels, change(value))));
  }

  #negated(value: Value): Value {
    if (value.type === 'scalar') return { type: 'scalar', value: -value.value };
    return value.type === 'vector' ? vector(this.#renamed(value.samples, (number) => -number)) : value;
  }
}

const vector = (samples: readonly VectorSample[]): Value => ({ type: 'vector', samples });

/** Ascending for 1, descending for -1; NaN comes last in both. */
const sorted = (samples: readonly VectorSample[], direction: 1 | -1): readonly VectorSample[] =>
  samples.toSorted((left, right) => {
    if (Number.isNaN(left.value) || Number.isNaN(right.value))
      return Number(Number.isNaN(left.value)) - Number(Number.isNaN(right.value));
    return left.value === right.value ? 0 : left.value < right.value ? -direction : direction;
  });
