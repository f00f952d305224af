/** A panel whose lines are a window on a longer list. */
import type { ReactElement } from 'react';
import { useLook } from './look.ts';
import { Panel, panelTextHeight, type PanelProps } from './panel.tsx';
import { belowWords, windowOf, type ScrollTop } from './scroll.ts';

export const ListPanel = ({ top = null, ...panel }: PanelProps & { readonly top?: ScrollTop }): ReactElement => {
  const seen = windowOf(panel.lines, panelTextHeight(panel.height), top);
  const more = belowWords(seen, useLook());
  const foot = [panel.foot ?? '', more].filter((words) => words !== '').join('  ');
  return <Panel {...panel} lines={seen.seen} foot={foot} />;
};
