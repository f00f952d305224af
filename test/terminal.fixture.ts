/**
 * A program of ours in a real pseudo-terminal, seen as a person sees it: a shell starts it, a terminal emulator draws what
 * it writes, keys are pressed on it. What the shell finds afterwards (the terminal's modes, the exit code) is part of what
 * is seen. Everything that carries this terminal's mark in its environment is gone when the terminal is closed.
 */
import { spawn } from '@lydell/node-pty';
import { UnicodeGraphemesAddon } from '@xterm/addon-unicode-graphemes';
import xterm, { type IBufferCell } from '@xterm/headless';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleepFor } from 'node:timers/promises';

/** What a terminal sends for a key. */
export const keys = {
  enter: '\r',
  tab: '\t',
  backTab: '\x1b[Z',
  escape: '\x1b',
  backspace: '\x7f',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  home: '\x1b[H',
  end: '\x1b[F',
  pageUp: '\x1b[5~',
  pageDown: '\x1b[6~',
  ctrlC: '\x03',
  ctrlL: '\x0c',
  ctrlR: '\x12',
  ctrlX: '\x18',
  ctrlZ: '\x1a',
} as const;
export type KeyName = keyof typeof keys;

export type OpenTerminal = {
  readonly columns: number;
  readonly rows: number;
  readonly cwd: string;
  /** On top of an environment that tells nothing of the machine the tests run on; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Behind the program in the shell's own words: `</dev/null`. */
  readonly redirect?: string;
};

/** A number is one of the terminal's 256 colours; null is its own. */
export type Colour = string | number | null;

export type Cell = {
  /** Empty for the second half of a wide character. */
  readonly text: string;
  readonly foreground: Colour;
  readonly background: Colour;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly inverse: boolean;
};

export type Terminal = AsyncDisposable & {
  /** Text as if typed, key by key where it is the name of a key in angle brackets: `focus database<enter>`. */
  readonly press: (text: string) => void;
  /** As a terminal hands over the clipboard: bracketed where the program asked for that. */
  readonly paste: (text: string) => void;
  readonly resize: (columns: number, rows: number) => void;
  /** The whole screen, one string per row, without the blanks at the end of a row. */
  readonly lines: () => readonly string[];
  readonly text: () => string;
  /** Resolves when the screen, between two frames, satisfies `what`; rejects with the screen when it does not in time. */
  readonly shows: (what: string | RegExp | ((screen: string) => boolean), withinMs?: number) => Promise<void>;
  /** The same as `lines`, cell by cell. */
  readonly cells: () => readonly (readonly Cell[])[];
  /** Whether any cell of the screen has a colour of its own. */
  readonly coloured: () => boolean;
  readonly alternateScreen: () => boolean;
  readonly cursorVisible: () => boolean;
  /** Everything the program has written so far, as it was written. */
  readonly written: () => string;
  readonly writtenBytes: () => number;
  /** Hears each piece of output, after it was drawn. */
  readonly onDrawn: (listener: () => void) => void;
  /** Living processes of this terminal whose command line contains `text`, oldest first. */
  readonly processes: (text: string) => readonly number[];
  /** To the youngest of them; throws where there is none. */
  readonly signal: (text: string, signal: NodeJS.Signals) => void;
  /** The exit code as the shell tells it: 128 + the signal's number for a death by signal. */
  readonly exited: Promise<number>;
  /** Only after `exited`: whether the program left the terminal's modes (echo, line editing, …) as it had found them. */
  readonly modesRestored: () => boolean;
};

/** The shell survives the signals of the keyboard, as an interactive one would; its children get the usual ones. */
const script = `trap : INT QUIT TERM
stty sane
stty -g > "$GAMEDAY_TERMINAL/before"
"$@" REDIRECT
code=$?
stty -g > "$GAMEDAY_TERMINAL/after"
exit $code`;

/** Nothing of CI, colours or terminals that the tests' own environment may say. */
const plainEnvironment = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: process.env['HOME'] ?? '',
  LANG: 'C.UTF-8',
});

/** Starts `command` (a program and its arguments) and comes back at once; `shows` waits. */
export const openTerminal = (command: readonly string[], options: OpenTerminal): Terminal => {
  const { columns, rows, cwd, env = {}, redirect = '' } = options;
  // The folder's name is also the mark by which every process of this terminal is known.
  const folder = mkdtempSync(join(tmpdir(), `gd-terminal-${randomUUID().slice(0, 8)}-`));
  const shell = spawn('/bin/sh', ['-c', script.replace('REDIRECT', redirect), 'sh', ...command], {
    // The pseudo-terminal itself writes TERM, whatever the environment says.
    name: env['TERM'] ?? 'xterm-256color',
    cols: columns,
    rows,
    cwd,
    env: { ...plainEnvironment(), ...env, GAMEDAY_TERMINAL: folder },
  });
  const emulator = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 2_000 });
  emulator.loadAddon(new UnicodeGraphemesAddon());
  let cursorVisible = true;
  for (const [final, visible] of [
    ['h', true],
    ['l', false],
  ] as const)
    emulator.parser.registerCsiHandler({ prefix: '?', final }, (params) => {
      if (params.includes(25)) cursorVisible = visible;
      return false;
    });

  const written: string[] = [];
  const listeners = new Set<() => void>();
  emulator.onData((answer) => shell.write(answer));
  shell.onData((data) => {
    written.push(data);
    emulator.write(data, () => {
      for (const listener of listeners) listener();
    });
  });
  let over = false;
  const exited = new Promise<number>((done) => {
    shell.onExit(({ exitCode }) => {
      over = true;
      // Behind the last output, so that who waits for the end sees the whole of it.
      emulator.write('', () => {
        done(exitCode);
        for (const listener of listeners) listener();
      });
    });
  });

  const lines = (): readonly string[] => {
    const { active } = emulator.buffer;
    return Array.from(
      { length: emulator.rows },
      // A line of before the screen became narrower still holds what is beyond it.
      (_, row) =>
        active
          .getLine(active.baseY + row)
          ?.translateToString(true, 0, emulator.cols)
          .trimEnd() ?? '',
    );
  };
  const text = (): string => lines().join('\n');
  const cells = (): readonly (readonly Cell[])[] => {
    const { active } = emulator.buffer;
    return Array.from({ length: emulator.rows }, (_, row) => {
      const line = active.getLine(active.baseY + row);
      return Array.from({ length: emulator.cols }, (__, column) => cellOf(line?.getCell(column)));
    });
  };
  const processes = (part: string): readonly number[] =>
    marked(folder).filter((pid) => readProc(pid, 'cmdline').replaceAll('\0', ' ').includes(part));
  const type = (sequence: string): void => {
    if (!over) shell.write(sequence);
  };

  return {
    press: (given) => {
      for (const part of given.match(/<\w+>|[^<]+|</g) ?? []) type(keys[part.slice(1, -1) as KeyName] ?? part);
    },
    paste: (given) => type(emulator.modes.bracketedPasteMode ? `\x1b[200~${given}\x1b[201~` : given),
    resize: (newColumns, newRows) => {
      emulator.resize(newColumns, newRows);
      shell.resize(newColumns, newRows);
    },
    lines,
    text,
    shows: (what, withinMs = 10_000) =>
      new Promise((done, fail) => {
        const matches = (): boolean => {
          const screen = text();
          if (typeof what === 'function') return what(screen);
          return typeof what === 'string' ? screen.includes(what) : what.test(screen);
        };
        const settle = (then: () => void): void => {
          clearTimeout(timer);
          listeners.delete(look);
          then();
        };
        const look = (): void => {
          if (emulator.modes.synchronizedOutputMode) return;
          if (matches()) settle(done);
          else if (over) settle(() => fail(new Error(`it ended without showing ${String(what)}:\n${text()}`)));
        };
        const timer = setTimeout(
          () => settle(() => fail(new Error(`${withinMs} ms without ${String(what)}:\n${text()}`))),
          withinMs,
        );
        listeners.add(look);
        look();
      }),
    cells,
    coloured: () => cells().some((row) => row.some((cell) => cell.foreground !== null || cell.background !== null)),
    alternateScreen: () => emulator.buffer.active.type === 'alternate',
    cursorVisible: () => cursorVisible,
    written: () => written.join(''),
    writtenBytes: () => written.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0),
    onDrawn: (listener) => void listeners.add(listener),
    processes,
    signal: (part, name) => {
      const pid = processes(part).at(-1);
      // Process 0 is whoever asks, and all who were started with it.
      if (pid === undefined) throw new Error(`no process of this terminal is called ${part}:\n${text()}`);
      process.kill(pid, name);
    },
    exited,
    modesRestored: () => {
      const modes = (name: string): string => readFileSync(join(folder, name), 'utf8');
      return modes('before') === modes('after');
    },
    [Symbol.asyncDispose]: async () => {
      await endAll(folder);
      if (!over) shell.kill('SIGKILL');
      await exited;
      emulator.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const cellOf = (cell: IBufferCell | undefined): Cell => ({
  text: cell === undefined ? ' ' : cell.getChars() || (cell.getWidth() === 0 ? '' : ' '),
  foreground: cell === undefined || cell.isFgDefault() ? null : colourOf(cell.getFgColor(), cell.isFgRGB()),
  background: cell === undefined || cell.isBgDefault() ? null : colourOf(cell.getBgColor(), cell.isBgRGB()),
  bold: (cell?.isBold() ?? 0) !== 0,
  dim: (cell?.isDim() ?? 0) !== 0,
  inverse: (cell?.isInverse() ?? 0) !== 0,
});

const colourOf = (value: number, direct: boolean): Colour =>
  direct ? `#${value.toString(16).padStart(6, '0')}` : value;

const readProc = (pid: number, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // It ended while we looked, or belongs to somebody else.
  }
};

/** Living processes that were started with this terminal's mark, by whomever and however detached. */
const marked = (mark: string): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => readProc(pid, 'environ').split('\0').includes(`GAMEDAY_TERMINAL=${mark}`))
    .toSorted((a, b) => startOf(a) - startOf(b) || a - b);

/** In ticks since the machine came up. Process ids begin again when they run out. */
const startOf = (pid: number): number =>
  Number(
    readProc(pid, 'stat')
      .replace(/^.*\) /s, '')
      .split(' ')[19],
  );

/** Asks first: a conductor among them undoes what it broke. */
const endAll = async (mark: string): Promise<void> => {
  for (const [signal, withinMs] of [
    ['SIGTERM', 20_000],
    ['SIGKILL', 5_000],
  ] as const) {
    for (const pid of marked(mark)) send(pid, signal);
    const until = performance.now() + withinMs;
    while (marked(mark).length > 0 && performance.now() < until) await sleepFor(20);
  }
};

const send = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended.
  }
};
