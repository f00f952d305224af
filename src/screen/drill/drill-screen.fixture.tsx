/** The drill's screen on a real terminal emulator, and hands that type on it. */
import { expect } from 'vitest';
import type { Action, Reply } from '../../drill/action.ts';
import { seconds } from '../../units.ts';
import { modelAt } from '../drill.fixture.ts';
import { openTerminal, type TerminalSize, type TestTerminal } from '../terminal-harness.fixture.ts';
import { DrillScreen, type DrillScreenProps } from './drill-screen.tsx';

export const nobody = (): Promise<Reply> => Promise.reject(new Error('nobody is there'));
export const still: DrillScreenProps = {
  model: modelAt(245),
  nowMs: seconds(250),
  link: 'ok',
  onAction: nobody,
  onQuit: () => {},
};

type Played = TestTerminal & {
  readonly acted: readonly Action[];
  readonly left: readonly string[];
  /** One piece after the other; a word in one piece is text, since only a single key can be more. */
  readonly type: (...keys: readonly string[]) => Promise<void>;
  readonly shows: (text: string | RegExp) => Promise<void>;
};

export const play = async ({
  replies = [],
  size = [100, 30],
  ...part
}: Partial<DrillScreenProps> & {
  replies?: readonly (Reply | Promise<Reply>)[];
  size?: TerminalSize;
} = {}): Promise<Played> => {
  const acted: Action[] = [];
  const left: string[] = [];
  const onAction = async (action: Action): Promise<Reply> => {
    acted.push(action);
    return replies[acted.length - 1] ?? { type: 'done', title: `done ${acted.length}`, lines: [] };
  };
  const terminal = await openTerminal(
    <DrillScreen {...still} onAction={onAction} onQuit={(why) => left.push(why)} {...part} />,
    size,
  );
  return {
    ...terminal,
    acted,
    left,
    type: async (...typed) => {
      for (const piece of typed) {
        terminal.press(piece);
        await terminal.settled();
      }
    },
    shows: async (text) => {
      await expect.poll(terminal.screen, { interval: 5 }).toMatch(text);
    },
  };
};
