/** A line to type on, with the terminal's own cursor, so that input methods know where they are. */
import { useCursor, useInput, usePaste, type Key } from 'ink';
import type { ReactElement } from 'react';
import stringWidth from 'string-width';
import { toCells } from '../to-cells.ts';
import { erased, inserted, moved, recalled, type LineEditor } from './line-editor.ts';
import { Line, type Span } from './line.tsx';

type InputLineProps = {
  readonly prompt: string;
  readonly line: LineEditor;
  readonly width: number;
  /** Row of the screen, from 0, for the cursor; null hides it. */
  readonly row: number | null;
  /** Shown after the text where there is room. */
  readonly aside?: string;
};

export const InputLine = ({ prompt, line, width, row, aside = '' }: InputLineProps): ReactElement => {
  const { setCursorPosition } = useCursor();
  const room = Math.max(1, width - stringWidth(prompt) - 1);
  const { text, cursorAt } = visiblePart(line, room);
  setCursorPosition(row === null ? undefined : { x: stringWidth(prompt) + cursorAt, y: row });
  const gap = room - stringWidth(text) - stringWidth(aside);
  const spans: Span[] = [{ text: prompt, bold: true }, { text }];
  if (gap > 1) spans.push({ text: `${' '.repeat(gap)}${aside}`, dim: true });
  return <Line content={spans} width={width} />;
};

/** A line longer than its room is seen around its cursor. */
const visiblePart = (
  { text, cursor }: LineEditor,
  room: number,
): { readonly text: string; readonly cursorAt: number } => {
  const head = text.slice(0, cursor);
  const headWidth = stringWidth(head);
  if (headWidth < room) return { text: toCells(text, { width: room }), cursorAt: headWidth };
  const from = graphemeStart(head, headWidth - Math.floor(room / 2));
  const shown = toCells(`…${text.slice(from)}`, { width: room });
  return { text: shown, cursorAt: 1 + stringWidth(text.slice(from, cursor)) };
};

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

const graphemeStart = (text: string, cells: number): number => {
  let passed = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    if (passed >= cells) return index;
    passed += stringWidth(segment);
  }
  return text.length;
};

/**
 * Keys and pastes become edits of the line; `onKey` sees every key first and says whether it took it. Enter is the
 * caller's. What a terminal says was pasted is never sent, and neither is a chunk with a line end inside, which is what a
 * paste looks like where the terminal does not say; a line typed faster than it is read comes as one chunk with Enter last.
 */
export const useLineKeys = ({
  onEdit,
  onKey,
}: {
  readonly onEdit: (edit: (line: LineEditor) => LineEditor) => void;
  readonly onKey: (input: string, key: Key) => boolean;
}): void => {
  useInput((input, key) => {
    const [, text] = typedAtOnce.exec(input) ?? [];
    if (text !== undefined) {
      onEdit((line) => inserted(line, text));
      onKey('', { ...key, return: true });
      return;
    }
    if (onKey(input, key)) return;
    const edit = editOf(input, key);
    if (edit !== undefined) onEdit(edit);
  });
  usePaste((text) => onEdit((line) => inserted(line, text)));
};

const typedAtOnce = /^([^\r\n]+)\r$/;

const editOf = (input: string, key: Key): ((line: LineEditor) => LineEditor) | undefined => {
  if (key.leftArrow) return (line) => moved(line, 'left');
  if (key.rightArrow) return (line) => moved(line, 'right');
  if (key.upArrow) return (line) => recalled(line, -1);
  if (key.downArrow) return (line) => recalled(line, 1);
  if (key.home) return (line) => moved(line, 'home');
  if (key.end) return (line) => moved(line, 'end');
  if (key.backspace) return (line) => erased(line, 'before');
  if (key.delete) return (line) => erased(line, 'after');
  if (key.ctrl) {
    const edits: Readonly<Record<string, (line: LineEditor) => LineEditor>> = {
      a: (line) => moved(line, 'home'),
      e: (line) => moved(line, 'end'),
      w: (line) => erased(line, 'word'),
      u: (line) => erased(line, 'to start'),
      k: (line) => erased(line, 'to end'),
    };
    return edits[input];
  }
  if (key.return || key.tab || key.escape || key.meta || key.pageUp || key.pageDown || input === '') return undefined;
  return (line) => inserted(line, input);
};
