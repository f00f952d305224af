/** Where everything stands at each size. Pure numbers: nothing is left to the layout engine that could overlap. */
import type { Size } from '../kit/frame.tsx';

export const panelNames = ['charts', 'timeline', 'original', 'alerts', 'board'] as const;
export type PanelName = (typeof panelNames)[number];

export type Layout =
  | {
      readonly kind: 'wide';
      readonly charts: number;
      readonly lower: number;
      readonly timeline: number;
      readonly original: number;
      readonly right: number;
      readonly alerts: number;
    }
  | {
      readonly kind: 'medium';
      readonly lower: number;
      readonly timeline: number;
      readonly right: number;
      readonly alerts: number;
    }
  | { readonly kind: 'small'; readonly lower: number };

/** Header, what was answered, command bar, keys. */
const rowsAround = 4;

export const layoutOf = ({ columns, rows }: Size): Layout => {
  const inside = rows - rowsAround;
  if (columns >= 100 && rows >= 30) {
    const charts = Math.max(7, Math.min(11, Math.floor(inside * 0.3)));
    const lower = inside - charts;
    const right = Math.floor(columns * 0.37);
    const original = columns >= 120 ? 32 : 27;
    return {
      kind: 'wide',
      charts,
      lower,
      timeline: columns - right - original,
      original,
      right,
      alerts: Math.max(4, Math.floor(lower * 0.5)),
    };
  }
  if (columns >= 80 && rows >= 24) {
    const lower = inside - 3;
    const right = Math.floor(columns * 0.46);
    return { kind: 'medium', lower, timeline: columns - right, right, alerts: Math.max(4, Math.floor(lower * 0.45)) };
  }
  return { kind: 'small', lower: inside - 1 };
};

export type Place = { readonly width: number; readonly height: number };

/** How large a panel is; what is not seen at this size has the place of the one that it would take. */
export const placeOf = (layout: Layout, name: PanelName | 'output', { columns }: Size): Place => {
  const { kind, lower } = layout;
  if (name === 'output') return { width: columns, height: kind === 'medium' ? lower + 3 : lower };
  if (kind === 'small') return { width: columns, height: lower };
  if (name === 'charts') return { width: columns, height: kind === 'wide' ? layout.charts : 2 };
  if (name === 'alerts') return { width: layout.right, height: layout.alerts };
  const beside = { width: layout.right, height: lower - layout.alerts };
  if (kind === 'medium') return name === 'original' ? beside : { width: layout.timeline, height: lower };
  if (name === 'board') return beside;
  return { width: name === 'original' ? layout.original : layout.timeline, height: lower };
};
