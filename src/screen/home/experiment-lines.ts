/** What the home screen says of an experiment: only what its document says to everybody, nothing that was found out. */
import type { HomeModel, Played } from '../ipc.ts';
import type { LineContent } from '../kit/line.tsx';
import { padCells, toCells } from '../to-cells.ts';
import { wrapCells } from '../wrap-cells.ts';

export type HomeExperiment = HomeModel['experiments'][number];

/** How many of its runs are listed. */
const runsShown = 5;

export const experimentLines = (
  experiment: HomeExperiment,
  runs: HomeModel['runs'],
  width: number,
): readonly LineContent[] => {
  const { name, title, summary, lastRun, drillable, minutes } = experiment;
  const own = runs.filter((run) => run.experiment === name);
  return [
    ...wrapCells(title, width).map((text) => [{ text, bold: true }]),
    ...wrapCells(summary, width),
    '',
    fact('last run', lastRun === null ? 'never' : `${day(lastRun)}, ${lastRun.mode}, ${lastRun.outcome}`),
    ...(lastRun === null ? [] : [fact('TEAM', points(lastRun.team)), fact('READINESS', points(lastRun.readiness))]),
    ...(drillable
      ? [fact('a drill', `${minutes} min at most`)]
      : wrapCells(`Its documents are wrong: gameday show ${name} says where.`, width)),
    ...(own.length < 2 ? [] : ['', [{ text: 'Runs', bold: true }]]),
    ...(own.length < 2 ? [] : own.slice(0, runsShown).map(runLine)),
  ];
};

/** For the list: the title (a name may tell what is broken), then how the last run went where there is room. */
export const experimentLine = ({ title, lastRun }: HomeExperiment, titleWidth: number): string =>
  `${padCells(toCells(title), titleWidth)}  ${lastRun === null ? 'never run' : `${day(lastRun)} ${lastRun.outcome}`}`;

export const day = ({ when }: Pick<Played, 'when'>): string => when.slice(0, 10);

const fact = (name: string, value: string): LineContent => `${name.padEnd(10)} ${value}`;

const points = (value: number | null): string => (value === null ? '-' : String(Math.round(value)));

const runLine = (run: HomeModel['runs'][number]): LineContent =>
  `${day(run)}  ${run.mode.padEnd(6)}  ${run.outcome}${run.team === null ? '' : `  TEAM ${points(run.team)}`}${
    run.readiness === null ? '' : `  READY ${points(run.readiness)}`
  }`;
