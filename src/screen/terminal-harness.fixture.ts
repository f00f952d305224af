/**
 * A view on a real terminal emulator: Ink writes its bytes, incremental ones included, to a stream that looks like a
 * terminal; what a person would see comes back as text. Keys go in as a terminal sends them.
 */
import { UnicodeGraphemesAddon } from '@xterm/addon-unicode-graphemes';
import { Terminal as Emulator } from '@xterm/headless';
import { render, type RenderOptions } from 'ink';
import { PassThrough, Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { ReactNode } from 'react';
import stringWidth from 'string-width';
import { expect, onTestFinished } from 'vitest';

export type TestTerminal = {
  /** One string per row, without the blanks at its end. */
  readonly lines: () => readonly string[];
  readonly screen: () => string;
  /** Of the terminal, 0 from the upper left corner; null: hidden. */
  readonly cursor: () => { readonly x: number; readonly y: number } | null;
  readonly press: (keys: string) => void;
  /** Bracketed, as terminals send it. */
  readonly paste: (text: string) => void;
  readonly resize: (columns: number, rows: number) => void;
  readonly rerender: (view: ReactNode) => void;
  /** Everything that was to be drawn has been drawn. */
  readonly settled: () => Promise<void>;
  readonly bytes: () => number;
  readonly unmount: () => Promise<void>;
  /** Whether the alternate screen is on, and the keyboard raw. */
  readonly modes: () => { readonly alternate: boolean; readonly raw: boolean };
};

export const keys = {
  enter: '\r',
  tab: '\t',
  backTab: '\x1b[Z',
  escape: '\x1b',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  home: '\x1b[H',
  end: '\x1b[F',
  backspace: '\x7f',
  pageUp: '\x1b[5~',
  pageDown: '\x1b[6~',
  ctrl: (letter: string) => String.fromCodePoint(letter.codePointAt(0)! & 0x1f),
} as const;

export type TerminalSize = readonly [columns: number, rows: number];

export const openTerminal = async (
  view: ReactNode,
  [columns, rows]: TerminalSize,
  options: RenderOptions = {},
): Promise<TestTerminal> => {
  const emulator = new Emulator({ cols: columns, rows, allowProposedApi: true, convertEol: true });
  emulator.loadAddon(new UnicodeGraphemesAddon());
  let bytes = 0;
  let pending = 0;
  let cursorShown = true;
  const write = (chunk: Buffer, _: string, done: () => void): void => {
    bytes += chunk.length;
    pending++;
    // xterm keeps no public record of whether its cursor is shown.
    const said = chunk.toString();
    const [shown, hidden] = [said.lastIndexOf('\x1b[?25h'), said.lastIndexOf('\x1b[?25l')];
    if (shown !== hidden) cursorShown = shown > hidden;
    emulator.write(chunk, () => {
      pending--;
      done();
    });
  };
  const stdout = Object.assign(new Writable({ write }), { columns, rows, isTTY: true });
  let raw = false;
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (mode: boolean) => void (raw = mode),
    ref: () => {},
    unref: () => {},
  });
  const instance = render(view, {
    stdout: stdout as unknown as NodeJS.WriteStream,
    stdin: stdin as unknown as NodeJS.ReadStream,
    interactive: true,
    alternateScreen: true,
    incrementalRendering: true,
    exitOnCtrlC: false,
    patchConsole: false,
    ...options,
  });
  let mounted = true;
  const unmount = async (): Promise<void> => {
    if (!mounted) return;
    mounted = false;
    instance.unmount();
    await instance.waitUntilExit();
    await expect.poll(() => pending).toBe(0);
  };
  onTestFinished(async () => {
    await unmount();
    emulator.dispose();
  });
  // After it was made narrower xterm may still hold what lay beyond.
  const lines = (): readonly string[] =>
    Array.from(
      { length: emulator.rows },
      (_, row) => emulator.buffer.active.getLine(row)?.translateToString(true, 0, emulator.cols).trimEnd() ?? '',
    );
  // React does what it was told in a later turn of the loop, and that may call for another frame.
  const settled = async (): Promise<void> => {
    for (let before = -1; before !== bytes;) {
      before = bytes;
      for (let turn = 0; turn < 3; turn++) await setImmediate();
      await instance.waitUntilRenderFlush();
      await expect.poll(() => pending, { interval: 2 }).toBe(0);
    }
  };
  // A frame is written before the keyboard is raw: keys sent in between would be lost.
  await expect.poll(() => raw, { interval: 2 }).toBe(true);
  await settled();
  return {
    lines,
    screen: () => lines().join('\n'),
    cursor: () => (cursorShown ? { x: emulator.buffer.active.cursorX, y: emulator.buffer.active.cursorY } : null),
    press: (sent) => void stdin.write(sent),
    paste: (text) => void stdin.write(`\x1b[200~${text}\x1b[201~`),
    resize: (newColumns, newRows) => {
      emulator.resize(newColumns, newRows);
      Object.assign(stdout, { columns: newColumns, rows: newRows });
      stdout.emit('resize');
    },
    rerender: instance.rerender,
    settled,
    bytes: () => bytes,
    unmount,
    modes: () => ({ alternate: emulator.buffer.active.type === 'alternate', raw }),
  };
};

/** No row wider than the screen, and every frame closed: what a wide character or an overlong text would break. */
export const expectTidy = (terminal: Pick<TestTerminal, 'lines'>, columns: number): void => {
  for (const line of terminal.lines()) {
    expect(stringWidth(line)).toBeLessThanOrEqual(columns);
    const framed = /^[┌│└]/.test(line);
    if (framed) expect(line).toMatch(/[┐│┘]$/);
    if (framed) expect(stringWidth(line)).toBe(columns);
  }
};
