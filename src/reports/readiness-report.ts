/** READINESS so that a person can redo it: every line of the sum, what was left out, and what that does to the total. */
import type { Judgement } from '../verdicts/judgement.ts';
import type { ActionItemState } from '../verdicts/action-items.ts';
import { columns, hanging, padEnd, padStart, table } from './plain-text.ts';

const stateWords = {
  pass: '✔ done',
  fail: '✘ open',
  attested: '· attested',
  expired: '· expired',
  unmapped: '· unmapped',
  'not-checked': '· not checked',
} as const satisfies Record<ActionItemState, string>;

/** Whole points, half up. */
export const wholePoints = (points: number): string => String(Math.floor(points + 0.5));

/** The postmortem's action items, one line each. */
export const actionItemLines = ({ actionItems }: Pick<Judgement, 'actionItems'>, width = columns): readonly string[] =>
  table(
    actionItems.map(({ id, text, state, detail }) => [stateWords[state], id, `${text}: ${detail}`]),
    2,
    width,
  );

/** The score and its parts, without a title. */
export const readinessLines = ({
  readiness,
  readinessWithheld,
}: Pick<Judgement, 'readiness' | 'readinessWithheld'>): readonly string[] => {
  if (readiness === null) return hanging('READINESS  no score: ', readinessWithheld ?? 'nothing to score');
  const { total, band, items, notApplicable, points, max } = readiness;
  const lines = [`READINESS  ${wholePoints(total)} of 100  ${band}`];
  for (const item of items)
    lines.push(
      `  ${padStart(item.points.toFixed(1), 5)} of ${padStart(String(item.max), 2)}  ${padEnd(item.name, 30)}  ${item.sum}`,
    );
  if (notApplicable.length > 0) lines.push(...hanging('     n/a      ', notApplicable.join(', ')));
  if (max !== 100) lines.push(`  ${points.toFixed(4)} of ${max}, scaled: × 100/${max} = ${total.toFixed(4)}`);
  else lines.push(`  sum ${total.toFixed(4)}`);
  return lines;
};

export const readinessReport = (judged: Judgement): string => {
  const { plan, runId } = judged;
  const lines = [
    `gameday score  ${plan.experiment.name}  run ${runId}`,
    '',
    ...readinessLines(judged),
    '  q(x) = 0.5 − 0.5 × log2(x), between 0 and 1; x = time to detect / the time allowed',
    '',
  ];
  if (judged.actionItems.length > 0)
    lines.push(`ACTION ITEMS  of ${plan.reference?.postmortem ?? 'the postmortem'}`, ...actionItemLines(judged), '');
  lines.push('TEAM  none: verify runs without people; it takes a drill to score a team', '');
  return lines.join('\n');
};
