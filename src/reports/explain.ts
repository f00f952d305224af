/**
 * The arithmetic of a drill's score, line by line, with the numbers of the events it rests on: whoever has the journal and a
 * calculator comes to the same points.
 */
import type { DrillJudgement } from '../verdicts/team/drill-judgement.ts';
import { minutesOf, type TeamItem } from '../verdicts/team/item.ts';
import type { GroupScore, TeamScore } from '../verdicts/team/score.ts';
import { hanging } from './plain-text.ts';
import { actionItemLines, readinessLines } from './readiness-report.ts';
import { showRange } from './scorecard.ts';

/** What can be explained: every objective, and how they come to a total, a range, and READINESS. */
export const explainable = ({ objectives }: DrillJudgement): readonly string[] => [
  ...objectives.map(({ id }) => id),
  'total',
  'range',
  'readiness',
];

/** @param what One of `explainable`; all of them unless given. */
export const explanation = (judged: DrillJudgement, what?: string): string => {
  const { plan, runId } = judged;
  const wanted = what === undefined ? explainable(judged) : [what];
  return [
    `gameday score  ${plan.experiment.name}  run ${runId}  scoring ${judged.scoring}  k ${plan.drill?.timeScale ?? 1}`,
    'moments on the run’s clock, minutes:seconds; #N is event N of the journal',
    '',
    ...wanted.flatMap((name) => [...linesOf(judged, name), '']),
  ].join('\n');
};

const linesOf = (judged: DrillJudgement, name: string): readonly string[] => {
  if (name === 'total') return totalLines(judged);
  if (name === 'range') return rangeLines(judged);
  if (name === 'readiness')
    return [
      ...readinessLines(judged),
      ...(judged.actionItems.length === 0 ? [] : ['ACTION ITEMS', ...actionItemLines(judged)]),
    ];
  return judged.objectives.filter(({ id }) => id === name).flatMap(itemLines);
};

const itemLines = (item: TeamItem): readonly string[] => [
  `${item.id}  ${item.name}  ${item.points === null ? 'n/a' : `${item.points.toFixed(4)} of ${item.max}`}  ${item.rating}`,
  ...(item.visible === '' ? [] : hanging('  ', item.visible)),
  ...item.working.flatMap((line) => hanging('  ', line)),
];

const totalLines = ({ team, teamWithheld, objectives }: DrillJudgement): readonly string[] => {
  if (team === null) return hanging('total  no score: ', teamWithheld ?? '');
  return [
    `total  TEAM ${showRange(team)}  ${team.band}`,
    ...team.groups.flatMap((group) => groupLines(group, objectives)),
    ...sumLines(team),
  ];
};

const groupLines = ({ name, points, max, scaled }: GroupScore, objectives: readonly TeamItem[]): readonly string[] => {
  const own = objectives.filter((item) => item.group === name && item.points !== null);
  const sum = own.map((item) => `${item.id} ${(item.points ?? 0).toFixed(4)}`).join(' + ');
  if (points === null) return [`  ${name}  n/a`];
  return hanging('  ', `${name} = ${sum}${scaled === null ? '' : ` = ${scaled}`} = ${points.toFixed(4)} of ${max}`);
};

const sumLines = ({ groups, ungated, gate, total }: TeamScore): readonly string[] => {
  const seen = groups.filter(({ points }) => points !== null);
  const max = seen.reduce((sum, group) => sum + group.max, 0);
  const parts = seen.map(({ points }) => (points ?? 0).toFixed(4)).join(' + ');
  return [
    ...hanging('  ', `${parts}${max === 100 ? '' : `, × 100/${max}`} = ${ungated.toFixed(4)}`),
    ...hanging('  ', gate === null ? 'no gate' : `gate: at most ${gate.most}, because ${gate.why}`),
    `  TEAM = ${total.toFixed(4)}`,
  ];
};

const rangeLines = ({ team, teamWithheld, range, plan }: DrillJudgement): readonly string[] => {
  if (team === null) return hanging('range  no score: ', teamWithheld ?? '');
  const minutes = minutesOf(plan.reference?.granularityMs ?? 0);
  const end = (title: string, items: readonly TeamItem[], total: number): readonly string[] => [
    `  every gap of the postmortem ${minutes} min ${title}: ${total.toFixed(4)}`,
    ...items
      .filter(({ group, points }) => group === 'timing' && points !== null)
      .map(({ id, sum, points }) => `    ${id}  ${sum} = ${(points ?? 0).toFixed(4)}`),
  ];
  return [
    `range  ${team.low.toFixed(4)} to ${team.high.toFixed(4)}`,
    ...hanging('  ', `the postmortem’s times are multiples of ${minutes} min; everything but timing stays as it is`),
    ...end('shorter', range.shorter, team.low),
    ...end('longer', range.longer, team.high),
  ];
};
