/** The one row that is the same in every size: which drill, how late it is, how bad, and whether the line to it holds. */
import stringWidth from 'string-width';
import { isActive } from '../alerts-seen.ts';
import { clockWords } from '../clock-words.ts';
import type { LineContent, Span } from '../kit/line.tsx';
import { sinceDetection, type Model } from '../model.ts';
import { toCells } from '../to-cells.ts';
import type { LinkState } from '../session-client.ts';
import type { Ms } from '../../units.ts';
import { paceWords } from './lines.ts';

export const headerLine = (model: Model, nowMs: Ms, link: LinkState | null, width: number): LineContent => {
  const { briefing, board, phase } = model;
  const since = sinceDetection(model, phase === 'over' ? model.atMs : nowMs);
  const must: Span[] = [
    { text: ` ${toCells(briefing.experiment.title, { width: Math.max(16, Math.floor(width / 4)) })}  `, bold: true },
    ...phaseSpans(model),
  ];
  if (since !== null) must.push({ text: `  T+${clockWords(since)}`, bold: true });
  if (link !== null && link !== 'ok' && phase !== 'over')
    must.push({ text: '  ' }, { text: ` link ${link} `, tone: 'critical', inverse: true });
  // From the most to the least needed: what has no room whole is left out.
  const may = [
    since === null ? '' : (board.severity ?? 'no severity'),
    since === null || briefing.ghost.length === 0 ? '' : paceWords(model, nowMs),
    briefing.mode,
    link === 'ok' ? 'link ok' : '',
    since === null ? '' : `story +${clockWords(since * briefing.timeScale)}`,
    board.lead === null ? '' : `lead ${board.lead}`,
  ];
  let left = width - must.reduce((sum, { text }) => sum + stringWidth(text), 0);
  const fitting = may.filter((text) => {
    const cells = stringWidth(text) + 2;
    if (text === '' || cells > left) return false;
    left -= cells;
    return true;
  });
  return [...must, ...fitting.map((text) => ({ text: `  ${text}` }))];
};

const phaseSpans = (model: Model): readonly Span[] => {
  const active = model.alerts.filter(isActive);
  const unseen = active.filter(({ acknowledged }) => !acknowledged).length;
  switch (model.phase) {
    case 'opening':
      return [{ text: 'opening the replica' }];
    case 'on call':
      // It stands beside charts that may already look otherwise: it says what a pager says, and no more.
      return [{ text: 'on call, no page', tone: 'ok' }];
    case 'paged':
      // Until somebody answers it is the page that counts; afterwards, how much is burning.
      if (model.reached.acknowledged === undefined && active.some(({ stage }) => stage === 'delivered'))
        return [{ text: ' PAGED ', tone: 'critical', inverse: true, bold: true }];
      return [
        {
          text:
            active.length === 0 ? 'nothing firing' : `${active.length} firing${unseen === 0 ? '' : `, ${unseen} new`}`,
          bold: true,
        },
      ];
    case 'restoring':
      return [{ text: 'restoring', tone: 'warning', bold: true }];
    case 'over':
      return [{ text: 'over', tone: 'ok', bold: true }];
    default:
      return model.phase satisfies never;
  }
};
