/**
 * What became of a drill, for a terminal of any width from 60 columns. What happened stands before how it is rated, ratings
 * before points, and the milestones and the gate above the total; the total never stands without its range. In training
 * there are no points at all.
 */
import { showClock } from '../verdicts/durations.ts';
import type { DrillJudgement } from '../verdicts/team/drill-judgement.ts';
import type { MilestoneRow } from '../verdicts/team/milestone-table.ts';
import type { TeamItem } from '../verdicts/team/item.ts';
import type { TeamScore } from '../verdicts/team/score.ts';
import { milestoneWords, type Timed } from '../verdicts/team/timing.ts';
import { laneLines } from './lanes.ts';
import { originalWords } from './originals.ts';
import { cut, hanging, lengthOf, oneLine, padEnd, padStart } from './plain-text.ts';
import { actionItemLines, wholePoints } from './readiness-report.ts';
import { residueLines } from './residue-lines.ts';

/** @returns Lines of at most `width` columns, but for commands that remove what is left: they are there to be copied. */
export const scorecard = (judged: DrillJudgement, width: number): readonly string[] =>
  [
    ...residueLines(judged, width),
    ...titleLines(judged, width),
    ...section('TIMELINE', laneLines(judged, width)),
    ...section('MILESTONES', milestoneLines(judged, width)),
    ...section('OBJECTIVES', objectiveLines(judged, width)),
    ...scoreLines(judged, width),
    ...section('ACTION ITEMS', actionItemLines(judged, width)),
    ...section('TALK ABOUT', questionLines(judged, width)),
    ...hanging('', `every line of it: gameday score ${judged.runId} --explain`, width),
    ...hanging('', 'The team is judged, never a person; not for individual appraisal.', width),
    ...(judged.residue.length === 0 ? [] : ['', ...residueLines(judged, width)]),
  ].map((line) => line.trimEnd());

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [title, ...lines, ''];

const titleLines = ({ plan, runId, seenBefore }: DrillJudgement, width: number): readonly string[] => {
  const mode = plan.drill === null ? [] : [plan.drill.mode, `k ${plan.drill.timeScale}`];
  const what = oneLine(`gameday drill  ${plan.experiment.name}  ${[...mode, plan.environment].join('  ')}`);
  const run = `  run ${runId}`;
  const beside = lengthOf(what) + run.length <= width;
  return [
    ...(beside
      ? [`${padEnd(what, width - run.length)}${run}`]
      : [...hanging('', what, width), cut(`run ${runId}`, width)]),
    ...hanging('', plan.experiment.title, width),
    ...(plan.originals === undefined ? [] : hanging('', originalWords(plan).join(', '), width)),
    ...(plan.reference?.drifted === true
      ? hanging('! ', 'the postmortem has changed since its reading was reviewed', width)
      : []),
    ...(seenBefore ? hanging('! ', 'drilled here before: this measures memory, too', width) : []),
    '',
  ];
};

const orDash = (value: number | null): string => (value === null ? '-' : showClock(value));

const milestoneLines = (judged: DrillJudgement, width: number): readonly string[] => {
  const { originMs, milestones, plan, equivalence, coarse, failedMinutes } = judged;
  if (originMs === null) return ['  nothing happened'];
  const row = (name: string, cells: readonly string[], words = ''): string =>
    cut(`  ${padEnd(name, 11)}${cells.map((cell) => padStart(cell, 13)).join('')}  ${words}`, width);
  const cellsOf = ({ run, scaledMs, referenceMs }: MilestoneRow): readonly string[] => [
    run === null ? 'not reached' : showClock(run.atMs - originMs),
    orDash(scaledMs),
    orDash(referenceMs),
  ];
  const said = ({ claimedMs, run }: MilestoneRow): string =>
    claimedMs === null || claimedMs === run?.atMs ? '' : `said at ${showClock(claimedMs - originMs)}`;
  return [
    row('', ['this run', `reference/${plan.drill?.timeScale ?? 1}`, 'as written'], ''),
    ...milestones.map((each) => row(milestoneWords(each.name), cellsOf(each), said(each))),
    ...(equivalence === null ? [] : hanging('  ', equivalence, width)),
    ...hanging(
      '  ',
      `failed probe-minutes: ${failedMinutes.toFixed(1)} (a minute in which every buyer fails is 1)`,
      width,
    ),
    ...(coarse
      ? hanging('  ! ', 'reference too coarse: only its two ends are known, so timing is one segment', width)
      : []),
  ];
};

/** Below this the words about an objective stand under it. */
const besideMin = 96;

const objectiveLines = ({ objectives, timings, team }: DrillJudgement, width: number): readonly string[] => {
  if (objectives.length === 0) return [];
  const beside = width >= besideMin;
  const nameWidth = Math.max(...objectives.map(({ name }) => name.length));
  const lines = objectives.flatMap((item) => {
    const segment = item.group === 'timing' ? timings.find(({ to }) => to === item.id) : undefined;
    const cells = [
      `  ${item.rating}  ${padEnd(item.name, nameWidth)}`,
      padStart(paceOf(segment), 13),
      padStart(segment?.ratio == null ? '' : `x ${segment.ratio.toFixed(2)}`, 7),
      ...(team === null ? [] : [padStart(pointsOf(item), 11)]),
    ].join(beside ? '  ' : ' ');
    if (beside && item.visible !== '') return hanging(`${cells}  `, item.visible, width);
    return [cut(cells, width), ...(item.visible === '' ? [] : hanging('       ', item.visible, width))];
  });
  return [...lines, ...hanging('  ', ratingsLegend, width)];
};

const ratingsLegend = 'P performed, S with some difficulty, M with major difficulty, U not reached, - not observed';

const paceOf = (segment: Timed | undefined): string => {
  if (segment === undefined) return '';
  return `${segment.observedMs === null ? '-' : showClock(segment.observedMs)} / ${showClock(segment.allowedMs)}`;
};

const pointsOf = ({ points, max }: TeamItem): string => (points === null ? 'n/a' : `${points.toFixed(1)} of ${max}`);

const scoreLines = (judged: DrillJudgement, width: number): readonly string[] => {
  const { team, teamWithheld, readiness, readinessWithheld, actionItems } = judged;
  const states = actionItems.filter(({ state }) => state === 'pass').length;
  return [
    ...(team === null ? hanging('TEAM  no score: ', teamWithheld ?? '', width) : teamLines(judged, team, width)),
    ...(readiness === null
      ? hanging('READINESS  no score: ', readinessWithheld ?? 'nothing to score', width)
      : hanging(
          `READINESS  ${wholePoints(readiness.total)}  `,
          `${readiness.band}${actionItems.length === 0 ? '' : `; action items ${states}/${actionItems.length} pass`}`,
          width,
        )),
    '',
  ];
};

const teamLines = ({ plan }: DrillJudgement, team: TeamScore, width: number): readonly string[] => {
  const groups = team.groups.map(
    ({ name, points, max }) => `${name} ${points === null ? 'n/a' : points.toFixed(1)} of ${max}`,
  );
  const { gate } = team;
  const gateWords = gate === null ? 'none' : `at most ${gate.most}: ${gate.why} (${team.ungated.toFixed(1)} without)`;
  return [
    ...hanging('GATES  ', gateWords, width),
    ...hanging('TEAM  ', `${showRange(team)}  ${team.band}  at k ${plan.drill?.timeScale ?? 1}`, width),
    ...hanging('  ', groups.join(' · '), width),
    ...(team.notObserved.length === 0 ? [] : hanging('  not observed: ', team.notObserved.join(', '), width)),
  ];
};

/** `75 (70-78)`: whole points, because the postmortem's times are no finer. */
export const showRange = ({ total, low, high }: Pick<TeamScore, 'total' | 'low' | 'high'>): string =>
  `${wholePoints(total)} (${wholePoints(low)}-${wholePoints(high)})`;

const questionLines = ({ questions }: DrillJudgement, width: number): readonly string[] =>
  questions.flatMap(({ text }, index) => hanging(`  ${index + 1} `, oneLine(text), width));
