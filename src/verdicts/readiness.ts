/**
 * READINESS, 0 to 100: how ready the system is, without its people. Counts go in, points come out, and every line of the
 * sum is kept so that a person can redo it.
 *
 *     expected alerts fired with the right labels   30 × fired / expected
 *     time to detect                                15 × q(observed / target)
 *     precision                                     10 × (1 − unexpected names / names fired)
 *     alerts resolve after recovery                  5 × resolved in time / fired
 *     runbook steps that pass                       15 × passed / executable
 *     runbook linked from the alert                  5 × linked / fired
 *     runbook useful in the run                      5 × helpful / used; only people can tell
 *     action items verified                         15 × pass / (pass + fail)
 *
 * with q(x) = clamp(0.5 − 0.5 × log2(x), 0, 1): half the target is full marks, the target half, twice the target none.
 * What does not apply is left out, and the rest is scaled to 100.
 */

export type Part = { readonly count: number; readonly of: number };

export type ReadinessCounts = {
  readonly alertsFired: Part;
  /** In the team's time, any unit. `observed` null: nothing fired, which is no quality at all. */
  readonly detect: { readonly observed: number | null; readonly target: number } | null;
  /** Unexpected names of all names that fired. */
  readonly unexpected: Part;
  readonly resolved: Part;
  readonly steps: Part;
  readonly linked: Part;
  /** null in CI: nobody was there to be helped. */
  readonly useful: Part | null;
  readonly actionItems: Part;
};

export type ReadinessItem = {
  readonly name: string;
  readonly points: number;
  readonly max: number;
  /** The line as a person would write it: `30 × 2/3`. */
  readonly sum: string;
};

export type Band = 'Fluent' | 'Practised' | 'Developing' | 'Not yet';

export type Readiness = {
  /** Unrounded. */
  readonly total: number;
  readonly band: Band;
  readonly items: readonly ReadinessItem[];
  readonly notApplicable: readonly string[];
  /** What the points of `items` sum to, of how many; `total` is their share of 100. */
  readonly points: number;
  readonly max: number;
};

/** Quality of a duration against its reference: 1 at half of it or less, 0.5 at equality, 0 at double or more. */
export const quality = (ratio: number): number =>
  ratio <= 0 ? 1 : Math.min(1, Math.max(0, 0.5 - 0.5 * Math.log2(ratio)));

export const bandOf = (total: number): Band => {
  if (total >= 85) return 'Fluent';
  if (total >= 70) return 'Practised';
  return total >= 50 ? 'Developing' : 'Not yet';
};

type Line = { readonly name: string; readonly max: number; readonly share: number | null; readonly sum: string };

const shareLine = (name: string, max: number, part: Part | null): Line =>
  part === null || part.of === 0
    ? { name, max, share: null, sum: '' }
    : { name, max, share: part.count / part.of, sum: `${max} × ${part.count}/${part.of}` };

const detectLine = (name: string, max: number, detect: ReadinessCounts['detect']): Line => {
  if (detect === null || detect.target <= 0) return { name, max, share: null, sum: '' };
  if (detect.observed === null) return { name, max, share: 0, sum: `${max} × 0 (nothing fired)` };
  const ratio = detect.observed / detect.target;
  const share = quality(ratio);
  return { name, max, share, sum: `${max} × q(${ratio.toFixed(4)}) = ${max} × ${share.toFixed(4)}` };
};

/** @returns undefined when nothing at all applies. */
export const scoreReadiness = (counts: ReadinessCounts): Readiness | undefined => {
  const { count: unexpected, of: names } = counts.unexpected;
  const lines = [
    shareLine('expected alerts fired', 30, counts.alertsFired),
    detectLine('time to detect', 15, counts.detect),
    shareLine('precision of alerts', 10, { count: names - unexpected, of: names }),
    shareLine('alerts resolve after recovery', 5, counts.resolved),
    shareLine('runbook steps pass', 15, counts.steps),
    shareLine('runbook linked from the alert', 5, counts.linked),
    shareLine('runbook useful in the run', 5, counts.useful),
    shareLine('action items verified', 15, counts.actionItems),
  ];
  const items = lines.flatMap(({ name, max, share, sum }): ReadinessItem[] =>
    share === null ? [] : [{ name, points: max * share, max, sum }],
  );
  const max = items.reduce((total, item) => total + item.max, 0);
  if (max === 0) return undefined;
  const points = items.reduce((total, item) => total + item.points, 0);
  const total = (points * 100) / max;
  const notApplicable = lines.filter(({ share }) => share === null).map(({ name }) => name);
  return { total, band: bandOf(total), items, notApplicable, points, max };
};
