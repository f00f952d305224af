/** The keys of a view, and what else somebody should know who sees it for the first time. */
import { useInput } from 'ink';
import type { ReactElement } from 'react';
import { bodyRows, Frame, type Size } from './kit/frame.tsx';
import type { KeyHint } from './kit/footer.tsx';
import type { LineContent } from './kit/line.tsx';
import { ListPanel } from './kit/list-panel.tsx';
import { panelTextHeight, panelTextWidth } from './kit/panel.tsx';
import { useScroll } from './kit/scroll.ts';
import { wrapCells } from './wrap-cells.ts';

/** Keys under a heading, or sentences. */
export type HelpSection =
  | { readonly heading: string; readonly keys: readonly KeyHint[] }
  | { readonly heading: string; readonly words: readonly string[] };

type HelpProps = {
  readonly title: string;
  readonly sections: readonly HelpSection[];
  readonly size: Size;
  /** What Enter and Esc lead to. */
  readonly leads?: 'back' | 'go on';
  readonly onBack: () => void;
};

export const Help = ({ title, sections, size, leads = 'back', onBack }: HelpProps): ReactElement => {
  const scroll = useScroll(0);
  const height = bodyRows(size);
  const lines = helpLines(sections, panelTextWidth(size.columns));
  const move = (by: number): void => scroll.by(by, lines.length, panelTextHeight(height));
  useInput((input, key) => {
    if (key.escape || key.return || input === 'q' || input === '?') onBack();
    else if (key.downArrow || input === 'j') move(1);
    else if (key.upArrow || input === 'k') move(-1);
    else if (key.pageDown || input === ' ') move(panelTextHeight(height) - 1);
    else if (key.pageUp) move(1 - panelTextHeight(height));
  });
  const keys = [
    { key: '↑↓', does: 'move' },
    leads === 'back' ? { key: 'Esc', does: 'back' } : { key: 'Enter', does: 'go on' },
  ];
  return (
    <Frame size={size} header={[{ text: ' gameday', bold: true }, { text: '  help' }]} keys={keys}>
      <ListPanel title={title} width={size.columns} height={height} lines={lines} top={scroll.top} focused />
    </Frame>
  );
};

const keyWidth = 14;

export const helpLines = (sections: readonly HelpSection[], width: number): readonly LineContent[] =>
  sections.flatMap((section, index): readonly LineContent[] => [
    ...(index === 0 ? [] : ['']),
    [{ text: section.heading, bold: true }],
    ...('keys' in section
      ? section.keys.flatMap((hint) => keyLines(hint, width))
      : section.words.flatMap((words) => wrapCells(`  ${words}`, width))),
  ]);

const keyLines = ({ key, does }: KeyHint, width: number): readonly LineContent[] =>
  wrapCells(does, width - keyWidth - 2).map((text, index) => [
    { text: `  ${(index === 0 ? key : '').padEnd(keyWidth)}`, bold: true },
    { text },
  ]);
