/** From a server's answers to the few facts that are kept. */
import { editDistance } from '../documents/suggestion.ts';
import type { AlertExamination, ConditionFacts, FailedTarget, MissingSelector } from '../journal/alert-facts.ts';
import { distanceTo, type Condition } from '../promql/conditions.ts';
import { dropName, nameLabel, type Labels } from '../promql/labels.ts';
import { nameAskedFor, type Matcher } from '../promql/matchers.ts';
import type { Ms } from '../units.ts';
import type { Points, Span, TargetSeen } from './alert-examination-api.ts';

type Texts = Readonly<Record<string, string>>;

/** What is kept of a list, at most. */
const most = { values: 6, names: 3, stretches: 3, targets: 4, labels: 12 } as const;

const textsOf = (labels: Labels): Texts => Object.fromEntries([...dropName(labels)].slice(0, most.labels));

/** Nothing in `labels` says otherwise than `wanted`. */
export const agree = (labels: Labels, wanted: Texts): boolean =>
  Object.entries(wanted).every(([name, value]) => (labels.get(name) ?? value) === value);

/** Those that the wanted alert could have come from; all of them where none could. */
export const ownPoints = (points: readonly Points[], wanted: Texts): readonly Points[] => {
  const own = points.filter(({ labels }) => agree(labels, wanted));
  return own.length > 0 ? own : points;
};

const showMatcher = ({ label, op, value }: Matcher): string => `${label}${op}${JSON.stringify(value)}`;

/** `up{job="shop"}` */
export const showSelector = (matchers: readonly Matcher[]): string => {
  const name = nameAskedFor(matchers);
  const rest = matchers.filter(({ label, op }) => name === undefined || label !== nameLabel || op !== '=');
  return `${name ?? ''}${name !== undefined && rest.length === 0 ? '' : `{${rest.map(showMatcher).join(',')}}`}`;
};

/**
 * Why a selector finds nothing.
 *
 * @param ofThatName Every series of the metric that it names.
 * @param names Every metric that there is.
 */
export const missingSelector = (
  matchers: readonly Matcher[],
  ofThatName: readonly Labels[],
  names: readonly string[],
): MissingSelector => {
  const metric = nameAskedFor(matchers) ?? null;
  const excluding = matchers
    .filter(({ label, accepts }) => ofThatName.length > 0 && !ofThatName.some((each) => accepts(each.get(label) ?? '')))
    .map((matcher) => {
      const values = [...new Set(ofThatName.flatMap((each) => each.get(matcher.label) ?? []))].toSorted();
      return {
        ...{ matcher: showMatcher(matcher), values: values.slice(0, most.values).map((value) => value.slice(0, 100)) },
        more: Math.max(0, values.length - most.values),
      };
    });
  return {
    ...{ selector: showSelector(matchers), metric, ofThatName: ofThatName.length, excluding },
    nearest: metric === null || ofThatName.length > 0 ? [] : nearestNames(metric, names),
  };
};

/** Half of a name may be wrong: exporters call the same thing by names that only begin alike. */
const nearestNames = (metric: string, names: readonly string[]): readonly string[] =>
  names
    .map((name) => ({ name, distance: editDistance(metric, name) }))
    .filter(({ distance }) => distance <= metric.length / 2)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, most.names)
    .map(({ name }) => name);

/** @param written The value's text as it is to be shown. */
export const conditionFacts = (
  { op, bound }: Condition,
  written: string,
  points: readonly Points[],
): ConditionFacts => {
  let closest: ConditionFacts['closest'] = null;
  let least = Infinity;
  for (const series of points)
    for (const [atMs, value] of series.points) {
      const distance = distanceTo(value, { op, bound });
      if (!Number.isFinite(value) || distance >= least) continue;
      least = distance;
      closest = { value, atMs, labels: textsOf(series.labels) };
    }
  return { value: written.replaceAll(/\s+/g, ' ').slice(0, 300), op, bound, closest, held: least === 0 };
};

/** When each series was there without a gap, the longest times first. */
export const stretchesOf = (points: readonly Points[], stepMs: number): AlertExamination['stretches'] =>
  points
    .flatMap((series) => {
      const stretches: { labels: Texts; fromMs: Ms; untilMs: Ms }[] = [];
      for (const [atMs] of series.points) {
        const last = stretches.at(-1);
        if (last !== undefined && atMs - last.untilMs <= stepMs * 1.5) last.untilMs = atMs;
        else stretches.push({ labels: textsOf(series.labels), fromMs: atMs, untilMs: atMs });
      }
      return stretches;
    })
    .toSorted((a, b) => b.untilMs - b.fromMs - (a.untilMs - a.fromMs) || a.fromMs - b.fromMs)
    .slice(0, most.stretches);

export const targetKey = (job: string, instance: string): string => `${job} ${instance}`;

/**
 * The targets that could not be scraped at some time in `watched`; what the expression asks for first.
 *
 * @param ups The series `up` of the whole trial.
 * @param feeding The keys of targets from which the expression's series come.
 */
export const failedTargets = (
  ups: readonly Points[],
  targets: readonly TargetSeen[],
  feeding: ReadonlySet<string>,
  { fromMs }: Span,
): readonly FailedTarget[] =>
  ups
    .flatMap(({ labels, points }): FailedTarget[] => {
      const [job, instance] = [labels.get('job') ?? '', labels.get('instance') ?? ''];
      const longest = outagesIn(points)
        .filter(({ untilMs }) => untilMs === null || untilMs >= fromMs)
        .toSorted((a, b) => lengthOf(b) - lengthOf(a))[0];
      if (longest === undefined) return [];
      const target = targets.find((each) => each.job === job && each.instance === instance);
      const error = target?.lastError.replace(/^https?:\/\/\S+: /, '') ?? '';
      const never = points.every(([, up]) => up === 0);
      return [
        { job, instance, feeds: feeding.has(targetKey(job, instance)), never, ...longest, error: error.slice(0, 200) },
      ];
    })
    .toSorted((a, b) => Number(b.feeds) - Number(a.feeds) || lengthOf(b) - lengthOf(a))
    .slice(0, most.targets);

type Outage = { readonly fromMs: Ms; readonly untilMs: Ms | null };

const lengthOf = ({ fromMs, untilMs }: Outage): number => (untilMs ?? Infinity) - fromMs;

const outagesIn = (points: Points['points']): readonly Outage[] => {
  const outages: { fromMs: Ms; untilMs: Ms | null }[] = [];
  let last: (typeof outages)[number] | undefined;
  for (const [atMs, up] of points) {
    if (up === 0) {
      if (last === undefined) outages.push((last = { fromMs: atMs, untilMs: null }));
    } else if (last !== undefined) {
      last.untilMs = atMs;
      last = undefined;
    }
  }
  return outages;
};
