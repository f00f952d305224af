/** The drills of an experiment that can be compared, one line each, a dot on a scale from 0 to 100; no line between dots. */
import { clockWords } from '../clock-words.ts';
import { wrapCells } from '../wrap-cells.ts';
import { comparableDrills, spreadWords, type PlayedDrill } from './comparable-drills.ts';

const scaleMax = 40;
const scaleMin = 10;
/** Everything in a row but the scale. */
const restWidth = 50;

export const historyLines = (
  all: readonly PlayedDrill[],
  experiment: string,
  { width, ascii = false }: { readonly width: number; readonly ascii?: boolean },
): readonly string[] => {
  const comparable = comparableDrills(all, experiment);
  if (comparable === null) return wrapCells(`${experiment} was never drilled.`, width);
  const { yardstick, drills, others } = comparable;
  const scored = drills.flatMap(({ team }) => team ?? []);
  const room = width - restWidth;
  const scaleWidth = scored.length === 0 || room < scaleMin ? 0 : Math.min(scaleMax, room);
  const head = ['date      ', 'TEAM'.padEnd(12), ...scaleHead(scaleWidth), 'READINESS', 'confirmed'];
  return [
    ...wrapCells(`${drills.length} comparable: ${yardstick}`, width),
    '',
    head.join('  '),
    ...drills.map((drill) =>
      [
        drill.when.slice(0, 10),
        teamWords(drill.team).padEnd(12),
        ...(scaleWidth === 0 ? [] : [scale(drill.team, scaleWidth, ascii)]),
        (drill.readiness === null ? '-' : String(Math.round(drill.readiness))).padStart(9),
        (drill.confirmedMs === null ? 'never' : clockWords(drill.confirmedMs)).padStart(9),
      ].join('  '),
    ),
    '',
    ...(scored.length === 0
      ? wrapCells('Training has no TEAM score: it is for learning.', width)
      : wrapCells(`TEAM ${spreadWords(scored.map(({ total }) => total))}`, width)),
    ...(drills.length < 2
      ? []
      : wrapCells('Whoever has seen an outage before is quicker: memory is measured, too.', width)),
    ...(others.length === 0 ? [] : ['', ...wrapCells(`Not comparable: ${othersWords(others)}`, width)]),
  ];
};

const teamWords = (team: PlayedDrill['team']): string =>
  team === null ? '-' : `${Math.round(team.total)} (${Math.round(team.low)}-${Math.round(team.high)})`;

const scaleHead = (width: number): readonly string[] =>
  width === 0 ? [] : [`0${'50'.padStart(Math.floor(width / 2))}`.padEnd(width - 3) + '100'];

/** The range as a line, the total as a dot on it. */
const scale = (team: PlayedDrill['team'], width: number, ascii: boolean): string => {
  const place = (points: number): number => Math.round((Math.min(100, Math.max(0, points)) / 100) * (width - 1));
  const cells = Array.from({ length: width }, (_, at) => {
    if (team === null) return ' ';
    if (at === place(team.total)) return ascii ? 'o' : '●';
    return at >= place(team.low) && at <= place(team.high) ? (ascii ? '-' : '─') : ascii ? '.' : '·';
  });
  return cells.join('');
};

const othersWords = (others: readonly { readonly differs: string; readonly count: number }[]): string =>
  others.map(({ differs, count }) => `${count} (${differs})`).join(', ');
