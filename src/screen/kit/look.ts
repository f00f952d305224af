/**
 * How things look on this terminal. A state is always a word, a glyph and a colour, so that any one of them is enough.
 * The palette is Okabe and Ito's, told apart by everybody; a terminal of sixteen colours keeps the user's own theme.
 */
import { createContext, useContext } from 'react';

export type Tone = 'critical' | 'warning' | 'info' | 'ok' | 'truth';

export type Look = { readonly ascii: boolean; readonly palette: Readonly<Record<Tone, string>> };

export const trueColours = {
  critical: '#D55E00',
  warning: '#E69F00',
  info: '#0072B2',
  ok: '#009E73',
  truth: '#CC79A7',
} as const satisfies Look['palette'];

export const themeColours = {
  critical: 'red',
  warning: 'yellow',
  info: 'blue',
  ok: 'green',
  truth: 'magenta',
} as const satisfies Look['palette'];

export const LookContext = createContext<Look>({ ascii: false, palette: themeColours });
export const useLook = (): Look => useContext(LookContext);

/** Each measured as one cell in every terminal that was tried. */
const glyphs = {
  critical: { symbol: '✖', ascii: 'X' },
  warning: { symbol: '▲', ascii: '!' },
  pending: { symbol: '◐', ascii: '~' },
  ok: { symbol: '●', ascii: '.' },
  notYet: { symbol: '·', ascii: '-' },
  passed: { symbol: '✔', ascii: 'v' },
  next: { symbol: '▶', ascii: '>' },
  focus: { symbol: '▌', ascii: '#' },
  here: { symbol: '→', ascii: '>' },
} as const;
export type Glyph = keyof typeof glyphs;

export const glyph = (name: Glyph, { ascii }: Look): string => glyphs[name][ascii ? 'ascii' : 'symbol'];
