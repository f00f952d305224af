/**
 * How quick a stretch was, against the postmortem's.
 *
 *     g = max(gap / k, 2 min)       what the postmortem took, compressed by the time scale; below two minutes typing is measured
 *     x = o / g                     o: what the team took
 *     q(x) = clamp(0.5 − 0.5 × log2(x), 0, 1), q(0) = 1, not reached: 0
 *
 * A solution that was bought ends a stretch with at most a quarter of its points.
 */
import type { MilestoneName } from './milestones.ts';
import { quality } from '../readiness.ts';
import type { Segment } from './segments.ts';
import { minutesOf, ratingOf, showMinutes, showNumbers, showRunClock, type TeamItem } from './item.ts';

/** F */
const floorMs = 120_000;
const solvedQualityMax = 0.25;

export type Timed = Segment & {
  /** g */
  readonly allowedMs: number;
  /** The postmortem's gap was shorter than what can be measured of people. */
  readonly floored: boolean;
  /** null: not reached. */
  readonly ratio: number | null;
  readonly quality: number;
};

/** @param shiftMs How much longer the postmortem may have taken than it says: it rounds its times. */
export const timed = (segment: Segment, timeScale: number, shiftMs = 0): Timed => {
  const scaledMs = (segment.gapMs + shiftMs) / timeScale;
  const allowedMs = Math.max(scaledMs, floorMs);
  const reference = { ...segment, allowedMs, floored: scaledMs < floorMs };
  if (segment.observedMs === null) return { ...reference, ratio: null, quality: 0 };
  const ratio = segment.observedMs / allowedMs;
  const most = isSolved(segment) ? solvedQualityMax : 1;
  return { ...reference, ratio, quality: Math.min(most, quality(ratio)) };
};

const isSolved = ({ hints }: Segment): boolean => hints.some(({ level }) => level === 'solution');

/** `right-lead` → `right lead` */
export const milestoneWords = (name: MilestoneName): string => name.replace('-', ' ');

export const timingItem = (segment: Timed, timeScale: number): TeamItem => {
  const { from, to, max, hints, evidence } = segment;
  const points = max * segment.quality;
  const sum = sumOf(segment);
  return {
    id: to,
    group: 'timing',
    name: `${milestoneWords(from)} → ${milestoneWords(to)}`,
    max,
    points,
    rating: ratingOf(segment.quality, { reached: segment.observedMs !== null, helped: hints.length > 0 }),
    sum,
    visible: visibleOf(segment),
    working: [
      ...workingOf(segment, timeScale),
      `points = ${max} × ${segment.quality.toFixed(6)} = ${points.toFixed(4)}`,
    ],
    evidence: [...evidence, ...hints.map(({ seq }) => seq)],
  };
};

const sumOf = ({ max, ratio, quality: q }: Timed): string =>
  ratio === null ? `${max} × 0 (not reached)` : `${max} × q(${ratio.toFixed(4)}) = ${max} × ${q.toFixed(4)}`;

const visibleOf = (segment: Timed): string => {
  const words = [
    ...(segment.observedMs === null ? ['not reached'] : []),
    ...segment.hints.map(({ level }) => `${level} taken`),
    ...(segment.floored ? ['two minutes are the least that is measured'] : []),
  ];
  return words.join('; ');
};

const workingOf = (segment: Timed, timeScale: number): readonly string[] => {
  const { from, to, gapMs, fromMs, toMs, observedMs, allowedMs, ratio, evidence, hints } = segment;
  const at = (name: MilestoneName, atMs: number | null): string =>
    `${milestoneWords(name)} ${atMs === null ? 'not reached' : `at ${showRunClock(atMs)}`}`;
  const lines = [
    `${at(from, fromMs)}, ${at(to, toMs)}${evidence.length === 0 ? '' : `: events ${showNumbers(evidence)}`}`,
    `g = max(${minutesOf(gapMs)} min / ${timeScale}, 2 min) = ${showMinutes(allowedMs)}`,
  ];
  if (observedMs === null || ratio === null) return lines;
  const free = quality(ratio);
  lines.push(`o = ${showMinutes(observedMs)}`, `x = o / g = ${ratio.toFixed(6)}`, qualityWords(ratio, free));
  for (const { level, seq, atMs } of hints) lines.push(`${level} taken at ${showRunClock(atMs)} #${seq}`);
  if (segment.quality < free) lines.push(`a solution was taken: q = min(${free.toFixed(6)}, ${solvedQualityMax})`);
  return lines;
};

const qualityWords = (ratio: number, q: number): string => {
  if (ratio <= 0) return 'q(0) = 1';
  const log = Math.log2(ratio).toFixed(6);
  const open = 0.5 - 0.5 * Math.log2(ratio);
  const clamped = open === q ? '' : ` → ${q}`;
  return `q = 0.5 − 0.5 × log2(x) = 0.5 − 0.5 × ${log} = ${open.toFixed(6)}${clamped}`;
};
