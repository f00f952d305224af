/**
 * Which part of a list is seen. Lists that grow stick to their end until somebody scrolls back; then what is read stays
 * where it is, and a few words say how much has come since.
 */
import { useState } from 'react';

/** Index of the first line seen; null: the end, whatever comes. */
export type ScrollTop = number | null;

export type Window<Item> = { readonly seen: readonly Item[]; readonly above: number; readonly below: number };

export const windowOf = <Item>(items: readonly Item[], height: number, top: ScrollTop): Window<Item> => {
  const start = Math.max(0, Math.min(top ?? items.length, items.length - height));
  const seen = items.slice(start, start + Math.max(0, height));
  return { seen, above: start, below: items.length - start - seen.length };
};

/** @param by Lines; negative: towards the beginning. At the end it sticks again. */
export const scrolled = (top: ScrollTop, by: number, count: number, height: number): ScrollTop => {
  const last = Math.max(0, count - height);
  const next = Math.max(0, Math.min(top ?? last, last) + by);
  return next >= last ? null : next;
};

export type Scroll = {
  readonly top: ScrollTop;
  readonly by: (lines: number, count: number, height: number) => void;
  /** A text that is opened is read from its beginning: 0; a list that grows, from its end: null. */
  readonly to: (top: ScrollTop) => void;
};

export const useScroll = (start: ScrollTop = null): Scroll => {
  const [top, setTop] = useState<ScrollTop>(start);
  return {
    top,
    by: (lines, count, height) => setTop((current) => scrolled(current, lines, count, height)),
    to: setTop,
  };
};

/** For a panel's lower border: `12 more ↓`. */
export const belowWords = ({ below }: Window<unknown>, { ascii }: { readonly ascii: boolean }): string =>
  below === 0 ? '' : `${below} more ${ascii ? 'v' : '↓'}`;
