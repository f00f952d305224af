/** History on the screen: the lines of `historyLines`, to be scrolled. */
import { useInput } from 'ink';
import type { ReactElement } from 'react';
import { bodyRows, Frame, type Size } from '../kit/frame.tsx';
import { ListPanel } from '../kit/list-panel.tsx';
import { useLook } from '../kit/look.ts';
import { panelTextHeight, panelTextWidth } from '../kit/panel.tsx';
import { useScroll } from '../kit/scroll.ts';
import type { PlayedDrill } from './comparable-drills.ts';
import { historyLines } from './history-lines.ts';

type HistoryViewProps = {
  readonly experiment: string;
  readonly drills: readonly PlayedDrill[];
  readonly size: Size;
  readonly onBack: () => void;
};

export const HistoryView = ({ experiment, drills, size, onBack }: HistoryViewProps): ReactElement => {
  const { ascii } = useLook();
  const scroll = useScroll(0);
  const height = bodyRows(size);
  const lines = historyLines(drills, experiment, { width: panelTextWidth(size.columns), ascii });
  const move = (by: number): void => scroll.by(by, lines.length, panelTextHeight(height));
  useInput((input, key) => {
    if (key.escape || input === 'q' || input === 'h') onBack();
    else if (key.downArrow || input === 'j') move(1);
    else if (key.upArrow || input === 'k') move(-1);
    else if (key.pageDown) move(panelTextHeight(height) - 1);
    else if (key.pageUp) move(1 - panelTextHeight(height));
  });
  const keys = [
    { key: '↑↓', does: 'move' },
    { key: 'Esc', does: 'back' },
  ];
  return (
    <Frame size={size} header={[{ text: ' gameday', bold: true }, { text: `  history of ${experiment}` }]} keys={keys}>
      <ListPanel title="Drills" width={size.columns} height={height} lines={lines} top={scroll.top} focused />
    </Frame>
  );
};
