/**
 * A line that is being typed, as a value: text, cursor, and the lines sent before. It moves by graphemes, since that is
 * what people see; and text that is pasted is only ever inserted, line ends and all, never sent.
 */
import { toCells } from '../to-cells.ts';

export type LineEditor = {
  readonly text: string;
  /** In code units, always between two graphemes. */
  readonly cursor: number;
  /** Oldest first. */
  readonly history: readonly string[];
  /** Index into `history`; null: the line that is being typed, which waits in `draft` meanwhile. */
  readonly recalled: number | null;
  readonly draft: string;
};

export const emptyLine: LineEditor = { text: '', cursor: 0, history: [], recalled: null, draft: '' };

const historyMax = 100;
const textMax = 2_000;

/** Typed or pasted: line ends become spaces, and nothing that a terminal would obey gets in. */
export const inserted = (line: LineEditor, foreign: string): LineEditor => {
  const room = Math.max(0, textMax - line.text.length);
  const added = toCells(foreign.replaceAll(/[\r\n]+/g, ' '), { width: room });
  const text = line.text.slice(0, line.cursor) + added + line.text.slice(line.cursor);
  return { ...line, text, cursor: line.cursor + added.length };
};

export const withText = (line: LineEditor, text: string): LineEditor => ({ ...line, text, cursor: text.length });

/** The line was sent: it can be recalled, and the next one begins. The same line twice is kept once. */
export const sent = (line: LineEditor): LineEditor => ({
  ...emptyLine,
  history: [...line.history.filter((each) => each !== line.text), line.text].slice(-historyMax),
});

export const cleared = ({ history }: LineEditor): LineEditor => ({ ...emptyLine, history });

export const moved = (line: LineEditor, to: 'left' | 'right' | 'home' | 'end'): LineEditor => {
  const { text, cursor } = line;
  const ends = { left: before(text, cursor), right: after(text, cursor), home: 0, end: text.length };
  return { ...line, cursor: ends[to] };
};

export const erased = (line: LineEditor, what: 'before' | 'after' | 'word' | 'to start' | 'to end'): LineEditor => {
  const { text, cursor } = line;
  const from = {
    before: before(text, cursor),
    after: cursor,
    word: text.slice(0, cursor).replace(/\S*\s*$/, '').length,
    'to start': 0,
    'to end': cursor,
  }[what];
  const to = { before: cursor, after: after(text, cursor), word: cursor, 'to start': cursor, 'to end': text.length }[
    what
  ];
  return { ...line, text: text.slice(0, from) + text.slice(to), cursor: from };
};

export const recalled = (line: LineEditor, step: -1 | 1): LineEditor => {
  const { history } = line;
  const from = line.recalled ?? history.length;
  const to = Math.max(0, Math.min(history.length, from + step));
  if (to === from) return line;
  const draft = line.recalled === null ? line.text : line.draft;
  const text = history[to] ?? draft;
  return { ...line, text, cursor: text.length, draft, recalled: to === history.length ? null : to };
};

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

const after = (text: string, cursor: number): number =>
  cursor + ([...graphemes.segment(text.slice(cursor))][0]?.segment.length ?? 0);

const before = (text: string, cursor: number): number =>
  cursor - ([...graphemes.segment(text.slice(0, cursor))].at(-1)?.segment.length ?? 0);
