/** A view to be tried out by hand: keys one after the other, and what is to be seen waited for. */
import { useWindowSize } from 'ink';
import { createElement, type ReactElement } from 'react';
import { expect, onTestFinished } from 'vitest';
import type { Size } from './kit/frame.tsx';
import { openTerminal, type TerminalSize, type TestTerminal } from './terminal-harness.fixture.ts';

export type Mounted = Pick<TestTerminal, 'lines' | 'resize'> & {
  /** One key after the other, as fingers do it: what arrives in one piece was pasted. */
  readonly press: (...keys: readonly string[]) => void;
  readonly shows: (text: string | RegExp) => Promise<void>;
  readonly hides: (text: string | RegExp) => Promise<void>;
};

type View = (size: Size) => ReactElement;

export const mount = async (view: View, size: TerminalSize): Promise<Mounted> => {
  const terminal = await openTerminal(createElement(Sized, { view }), size);
  let pressed = Promise.resolve();
  const pressOne = async (key: string): Promise<void> => {
    terminal.press(key);
    await terminal.settled();
  };
  // A test that has seen what it wanted may be over before the last key is.
  onTestFinished(() => pressed);
  return {
    lines: terminal.lines,
    resize: terminal.resize,
    press: (...keys) => {
      for (const key of keys) pressed = pressed.then(() => pressOne(key));
    },
    shows: async (text) => {
      await expect.poll(terminal.screen, { interval: 10 }).toMatch(text);
    },
    hides: async (text) => {
      await expect.poll(terminal.screen, { interval: 10 }).not.toMatch(text);
    },
  };
};

/** As the app does it. */
const Sized = ({ view }: { readonly view: View }): ReactElement => view(useWindowSize());
