/** Which panel has the focus and what of it is seen: the same keys move around in a live drill and in a replay. */
import type { Key } from 'ink';
import { useState } from 'react';
import type { Size } from '../kit/frame.tsx';
import type { LineContent } from '../kit/line.tsx';
import type { Look } from '../kit/look.ts';
import { panelTextHeight, panelTextWidth } from '../kit/panel.tsx';
import { scrolled, useScroll, type ScrollTop } from '../kit/scroll.ts';
import type { Model } from '../model.ts';
import type { Ms } from '../../units.ts';
import type { Output } from './drill-body.tsx';
import { layoutOf, panelNames, placeOf, type PanelName } from './layout.ts';
import { panelLines, restingTop } from './lines.ts';

export type Panels = {
  readonly focus: PanelName;
  /** Of the focused panel. */
  readonly top: ScrollTop;
  readonly focusOn: (name: PanelName) => void;
  /** Back to where a panel is when nobody has scrolled. */
  readonly rest: () => void;
  /** Of what was answered, which has its own place: closing it leaves the panels as they were. */
  readonly outputTop: ScrollTop;
  readonly openOutput: (top: ScrollTop) => void;
  /** @returns Whether the key was one of its own: PgUp, PgDn, Shift-Tab. */
  readonly onKey: (key: Key, seen: Seen) => boolean;
};

export type Seen = {
  readonly model: Model;
  readonly nowMs: Ms;
  readonly size: Size;
  readonly look: Look;
  readonly output: Output | null;
};

export const usePanels = (): Panels => {
  const [focus, setFocus] = useState<PanelName>('timeline');
  const scroll = useScroll();
  const outputScroll = useScroll();
  const focusOn = (name: PanelName): void => {
    setFocus(name);
    scroll.to(null);
  };
  return {
    focus,
    top: scroll.top,
    focusOn,
    rest: () => scroll.to(null),
    outputTop: outputScroll.top,
    openOutput: outputScroll.to,
    onKey: (key, seen) => {
      if (key.tab && key.shift) {
        focusOn(panelNames[(panelNames.indexOf(focus) + 1) % panelNames.length] ?? 'timeline');
        return true;
      }
      if (!key.pageUp && !key.pageDown) return false;
      const { lines, height } = extent(focus, seen);
      const by = (key.pageUp ? -1 : 1) * Math.max(1, height - 1);
      if (seen.output !== null) outputScroll.by(by, lines.length, height);
      else if (focus !== 'charts') {
        const next = scrolled(scroll.top ?? restingTop(focus, lines, height), by, lines.length, height);
        // Only the timeline sticks to its end: the others would go back to where they rest.
        scroll.to(next === null && focus !== 'timeline' ? Math.max(0, lines.length - height) : next);
      }
      return true;
    },
  };
};

/** What can be scrolled now, and how much of it is seen. */
const extent = (
  focus: PanelName,
  { model, nowMs, size, look, output }: Seen,
): { readonly lines: readonly LineContent[]; readonly height: number } => {
  const place = placeOf(layoutOf(size), output === null ? focus : 'output', size);
  const height = panelTextHeight(place.height);
  if (output !== null) return { lines: output.lines, height };
  if (focus === 'charts') return { lines: [], height };
  return { lines: panelLines(focus, { model, nowMs, width: panelTextWidth(place.width), look }), height };
};
