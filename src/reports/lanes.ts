/**
 * Two lanes against one axis: how the original team came along, compressed by the time scale, and how this one did. Both
 * begin where the incident was detected. One letter per milestone; where two would meet, the later one moves to the right.
 */
import { showClock } from '../verdicts/durations.ts';
import type { DrillJudgement } from '../verdicts/team/drill-judgement.ts';
import { referenceOriginMs } from '../verdicts/team/milestone-table.ts';
import type { MilestoneName } from '../verdicts/team/milestones.ts';
import { hanging, padEnd, padStart } from './plain-text.ts';

type Mark = { readonly atMs: number; readonly letter: string };

const letters = {
  detected: 'D',
  notified: 'N',
  engaged: 'A',
  'right-lead': 'L',
  diagnosed: 'C',
  escalated: 'E',
  mitigated: 'M',
  restored: 'S',
  confirmed: 'R',
} as const satisfies Record<MilestoneName, string>;

const meanings = {
  D: 'detected',
  N: 'notified',
  A: 'at work',
  W: 'wrong lead',
  L: 'right lead',
  C: 'cause confirmed',
  E: 'escalated',
  M: 'mitigated',
  S: 'service restored',
  R: 'resolved',
} as const;

const minuteMs = 60_000;
const labelWidth = 13;
const timeWidth = 8;

const inOrder = (marks: readonly Mark[]): readonly Mark[] => marks.toSorted((a, b) => a.atMs - b.atMs);

const referenceMarks = ({ milestones, plan }: DrillJudgement): readonly Mark[] => {
  const k = plan.drill?.timeScale ?? 1;
  const timeline = plan.reference?.timeline ?? [];
  const originMs = referenceOriginMs(timeline);
  const wrong = timeline.filter(({ milestone }) => milestone === 'wrong_lead');
  return inOrder([
    ...milestones.flatMap(({ name, scaledMs }) =>
      scaledMs === null ? [] : [{ atMs: scaledMs, letter: letters[name] }],
    ),
    ...wrong.map(({ atMs }) => ({ atMs: (atMs - originMs) / k, letter: 'W' })),
  ]);
};

const runMarks = ({ milestones, wrongLeads, originMs }: DrillJudgement): readonly Mark[] => {
  if (originMs === null) return [];
  return inOrder([
    ...milestones.flatMap(({ name, run }) =>
      run === null ? [] : [{ atMs: run.atMs - originMs, letter: letters[name] }],
    ),
    ...wrongLeads.map(({ fromMs }) => ({ atMs: fromMs - originMs, letter: 'W' })),
  ]);
};

const laneOf = (marks: readonly Mark[], endMs: number, spanMs: number, width: number): string => {
  const columnOf = (atMs: number): number =>
    Math.min(width - 1, Math.max(0, Math.round((atMs / spanMs) * (width - 1))));
  const cells: string[] = Array.from({ length: width }, (_, column) => (column <= columnOf(endMs) ? '─' : ' '));
  const taken = new Set<number>();
  for (const { atMs, letter } of marks) {
    let column = columnOf(atMs);
    while (taken.has(column) && column < width - 1) column += 1;
    while (taken.has(column) && column > 0) column -= 1;
    taken.add(column);
    cells[column] = letter;
  }
  return cells.join('');
};

const stepsMinutes = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 960] as const;

const axisOf = (spanMs: number, width: number): string => {
  const perMinute = ((width - 1) * minuteMs) / spanMs;
  const step = stepsMinutes.find((each) => each * perMinute >= 7) ?? 1_920;
  let axis = '';
  for (let minute = 0; minute * minuteMs <= spanMs; minute += step) {
    const column = Math.round(minute * perMinute);
    if (column + String(minute).length <= width) axis = padEnd(axis, column) + String(minute);
  }
  return axis;
};

/** A letter is never parted from its meaning. */
const unbroken = ([letter, meaning]: readonly [string, string]): string =>
  `${letter} ${meaning}`.replaceAll(' ', '\u00a0');

/** @returns Lines of at most `width` columns; empty where the run never came to it. */
export const laneLines = (judged: DrillJudgement, width: number): readonly string[] => {
  const reference = referenceMarks(judged);
  const run = runMarks(judged);
  const referenceEndMs = reference.at(-1)?.atMs ?? 0;
  const runEndMs = judged.originMs === null ? 0 : Math.max(judged.untilMs - judged.originMs, run.at(-1)?.atMs ?? 0);
  const spanMs = Math.max(referenceEndMs, runEndMs);
  const laneWidth = width - labelWidth - timeWidth - 2;
  if (run.length === 0 || spanMs === 0 || laneWidth < 20) return [];
  const line = (label: string, marks: readonly Mark[], endMs: number): string =>
    `  ${padEnd(label, labelWidth)}${laneOf(marks, endMs, spanMs, laneWidth)}${padStart(showClock(endMs), timeWidth)}`;
  const used = new Set([...reference, ...run].map(({ letter }) => letter));
  const legend = Object.entries(meanings).filter(([letter]) => used.has(letter));
  return [
    ...(reference.length === 0
      ? []
      : [line(`reference/${judged.plan.drill?.timeScale ?? 1}`, reference, referenceEndMs)]),
    line('this run', run, runEndMs),
    `  ${padEnd('minutes', labelWidth)}${axisOf(spanMs, laneWidth)}`,
    ...hanging(' '.repeat(labelWidth + 2), legend.map(unbroken).join('  '), width).map((text) =>
      text.replaceAll('\u00a0', ' '),
    ),
  ];
};
