/**
 * The screen as a child: it draws, and its parent keeps the terminal usable whatever becomes of it. A screen that was killed
 * leaves its alternate screen and raw mode behind; one that is frozen does not hear a Ctrl-C and swallows SIGTERM. It says
 * each second that it lives.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { FromScreen, ScreenStart, ToScreen } from '../../screen/ipc.ts';
import { seconds, type Ms } from '../../units.ts';

export type ScreenEnd =
  /** It said goodbye and left the terminal as it was. */
  | { readonly type: 'done' }
  /** `says`: the end of its standard error, which it could not show while it drew. */
  | { readonly type: 'died'; readonly code: number; readonly says: string }
  | { readonly type: 'frozen' }
  /** It was asked to end. */
  | { readonly type: 'closed' };

export type ShowScreen = {
  /** From `programPath`. */
  readonly program: string;
  /** It may come later: the screen loads meanwhile, and draws nothing. Where it rejects, so does `showScreen`. */
  readonly start: ScreenStart | Promise<ScreenStart>;
  readonly env: NodeJS.ProcessEnv;
  /** Ends the screen. */
  readonly signal: AbortSignal;
  readonly onMessage: (message: FromScreen, reply: (message: ToScreen) => void) => void;
  /** Told the process id when it is up and null when the terminal is free again. */
  readonly onTerminalTaken: (pid: number | null) => void;
  readonly restore: () => void;
};

/**
 * A frame is garbage when the next one is drawn: a small heap keeps an hour of replay at 120 MB instead of 185. The young
 * generation stays small while the old one is being marked, too; else it adds 40 MB now and then.
 */
const flatHeap = [
  '--max-semi-space-size=1',
  '--max-old-space-size=160',
  '--no-separate-gc-phases',
  '--optimize-for-size',
];

const frozenAfter = seconds(5);
/** Loading a screen on a busy machine. */
const firstBeatWithin = seconds(20);
/** Between asking, asking firmly and ending it. */
const grace = seconds(2);
const lookEvery = seconds(1);
const says = 8_192;

/** Resolves when the screen has ended and the terminal is usable again. */
export const showScreen = async (options: ShowScreen): Promise<ScreenEnd> => {
  const { program, start, env, signal, onMessage, onTerminalTaken, restore } = options;
  const child = spawn(process.execPath, [...flatHeap, program], { env, stdio: ['inherit', 'inherit', 'pipe', 'ipc'] });
  onTerminalTaken(child.pid ?? null);
  const exited = new Promise<number>((resolve) => {
    child.once('error', () => resolve(127));
    child.once('close', (code, killedBy) =>
      resolve(killedBy === null ? (code ?? 1) : 128 + constants.signals[killedBy]),
    );
  });
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors = `${errors}${text}`.slice(-says)));
  const send = (message: ToScreen): void => {
    if (child.connected) child.send(message, () => {});
  };
  let done = false;
  let why: Promise<'frozen' | 'closed'> | undefined;
  const watch = watchBeats(() => void (why ??= endBy(child, exited, 'frozen')));
  child.on('message', (message: FromScreen) => {
    if ('beat' in message) watch.beat();
    else if ('done' in message) done = true;
    else onMessage(message, send);
  });
  const close = (): void => void (why ??= endBy(child, exited, 'closed'));
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  const told = Promise.resolve(start).then(send);
  // It has drawn nothing, so there is nothing to restore.
  told.catch(() => (done = child.kill()));
  const code = await exited;
  watch.stop();
  signal.removeEventListener('abort', close);
  const clean = done || (why !== undefined && code === 0);
  if (!clean) restore();
  onTerminalTaken(null);
  await told;
  if (why !== undefined) return { type: await why };
  return done ? { type: 'done' } : { type: 'died', code, says: errors.trim() };
};

/** Calls `onSilence` once. Time in which this very process stood still (a suspended terminal) does not count. */
const watchBeats = (onSilence: () => void): { readonly beat: () => void; readonly stop: () => void } => {
  let silentMs = frozenAfter - firstBeatWithin;
  let lookedMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    silentMs += Math.min(nowMs - lookedMs, 2 * lookEvery);
    lookedMs = nowMs;
    if (silentMs < frozenAfter) return;
    clearInterval(timer);
    onSilence();
  }, lookEvery);
  return { beat: () => void (silentMs = 0), stop: () => clearInterval(timer) };
};

/** INT, TERM, KILL, with time in between to leave properly. */
const endBy = async <Why>(child: ChildProcess, exited: Promise<unknown>, why: Why): Promise<Why> => {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
    child.kill(name);
    if (await endsWithin(exited, grace)) break;
  }
  return why;
};

const endsWithin = async (exited: Promise<unknown>, limit: Ms): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), limit)));
  const ended = await Promise.race([exited.then(() => true), late]);
  clearTimeout(timer);
  return ended;
};
