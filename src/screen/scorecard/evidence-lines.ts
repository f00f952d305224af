/** Why an item of the score is what it is: its arithmetic, step by step, and the events that it rests on, in their order. */
import type { JournalEvent } from '../../journal/events.ts';
import { eventWords } from '../../journal/words.ts';
import type { TeamItem } from '../../verdicts/team/item.ts';
import { clockWords } from '../clock-words.ts';
import type { LineContent } from '../kit/line.tsx';
import { detectedAt } from '../replay/playback.ts';
import { wrapCells } from '../wrap-cells.ts';

type Shown = { readonly journal: readonly JournalEvent[]; readonly scored: boolean; readonly width: number };

export const evidenceLines = (item: TeamItem, { journal, scored, width }: Shown): readonly LineContent[] => {
  const detectedMs = detectedAt(journal) ?? 0;
  const events = item.evidence.flatMap((seq) => journal[seq] ?? []);
  return [
    ...wrapCells(item.visible, width),
    '',
    ...(scored ? [...item.working.flatMap((step) => wrapCells(`  ${step}`, width)), ''] : []),
    [{ text: events.length === 0 ? 'No event rests behind it.' : 'Events', bold: true }],
    ...events.flatMap((event) => eventLines(event, detectedMs, width)),
  ];
};

const clockWidth = 9;

const eventLines = (event: JournalEvent, detectedMs: number, width: number): readonly LineContent[] =>
  wrapCells(`${eventWords(event) ?? event.type}  #${event.seq}`, width - clockWidth).map((text, index) => [
    { text: (index === 0 ? clockWords(event.atMs - detectedMs) : '').padStart(clockWidth - 2) + '  ', bold: true },
    { text },
  ]);

/** `right lead  M with major difficulty  3.4 of 10` */
export const itemWords = ({ name, points, max, rating }: TeamItem, scored: boolean): string =>
  `${name}  ${rating} ${ratingWords[rating]}${scored && points !== null ? `  ${points.toFixed(1)} of ${max}` : ''}`;

const ratingWords = {
  P: 'performed',
  S: 'with some difficulty',
  M: 'with major difficulty',
  U: 'not reached',
  '-': 'not observed',
} as const satisfies Record<TeamItem['rating'], string>;
