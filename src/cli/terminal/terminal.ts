/** What stands before this process, which of the two renderers it can carry, and how to make it usable again. */
import { spawnSync } from 'node:child_process';

export type Face = {
  readonly inputIsTerminal: boolean;
  readonly outputIsTerminal: boolean;
  readonly columns: number;
  readonly rows: number;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** The smallest screen that has a layout of its own. */
const smallest = { columns: 60, rows: 16 };

/** @returns Why the drill goes line by line here; undefined where there is room for a whole screen. */
export const whyPlain = (face: Face, env: Environment): string | undefined => {
  if (!face.inputIsTerminal) return 'the input is no terminal';
  if (!face.outputIsTerminal) return 'the output is no terminal';
  if (env['TERM'] === 'dumb') return 'this terminal is dumb (TERM)';
  if (isCi(env)) return 'this is CI (CI is set)';
  if (face.columns < smallest.columns || face.rows < smallest.rows)
    return `this terminal is ${face.columns}x${face.rows}; a screen needs ${smallest.columns}x${smallest.rows}`;
  return undefined;
};

/** Set but empty is not set. */
export const isCi = ({ CI: ci = '' }: Environment): boolean => !['', '0', 'false'].includes(ci.toLowerCase());

/**
 * What a screen of ours is given. React reads NODE_ENV when it is loaded, and colours are chosen by FORCE_COLOR alone:
 * NO_COLOR is not looked at.
 */
export const screenEnvironment = (env: Environment): NodeJS.ProcessEnv => ({
  ...env,
  NODE_ENV: 'production',
  ...((env['NO_COLOR'] ?? '') === '' ? {} : { FORCE_COLOR: '0' }),
});

/**
 * Undoes whatever a screen may have asked of the terminal: synchronized output, the keyboard's own protocol, bracketed
 * paste, the mouse, the alternate screen, a hidden cursor, colours. `bin/ready.cjs` holds a copy, for when this process
 * has died, too.
 */
const reset = '\x1b[?2026l\x1b[<u\x1b[?2004l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1049l\x1b[?25h\x1b[0m';

/** @param write To the terminal, at once. */
export const restoreTerminal = (write: (text: string) => void): void => {
  write(reset);
  // The terminal's own modes (echo, line by line) belong to its device, whoever changed them; sane leaves Ctrl-S out.
  spawnSync('stty', ['sane', 'ixon'], { stdio: ['inherit', 'ignore', 'ignore'] });
};
