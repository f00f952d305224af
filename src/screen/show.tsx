/**
 * What the screen's process does. It draws what its launcher asks for and ends with it: a screen whose launcher is gone would
 * leave a terminal that nobody restores. It owns no fault and no journal, so it can be killed at any moment.
 */
import { render } from 'ink';
import { readFileSync } from 'node:fs';
import { startClock } from '../clock.ts';
import { reasonOf } from '../errors.ts';
import { decodeJournal } from '../journal/codec.ts';
import { App, type AppStart, type Launcher } from './app.tsx';
import type { FromScreen, ScreenStart, ToScreen } from './ipc.ts';
import { LookContext, themeColours, trueColours, type Look } from './kit/look.ts';

const lookOf = (env: NodeJS.ProcessEnv): Look => ({
  ascii: (env['GAMEDAY_ASCII'] ?? '') !== '' || env['TERM'] === 'linux',
  palette: /^(?:truecolor|24bit)$/.test(env['COLORTERM'] ?? '') ? trueColours : themeColours,
});

const send = (message: FromScreen): void => {
  if (process.connected) process.send?.(message, () => {});
};

const launcher: Launcher = {
  send,
  onMessage: (listener) => {
    process.on('message', listener);
    return () => process.off('message', listener);
  },
};

const withJournal = (start: ScreenStart): AppStart => {
  if (start.view !== 'replay') return start;
  const { journalFile, ...rest } = start;
  return { ...rest, journal: decodeJournal(readFileSync(journalFile, 'utf8')).events };
};

const show = async (start: ScreenStart): Promise<void> => {
  const leaving = new AbortController();
  const leave = (): void => leaving.abort();
  const app = (
    <LookContext value={lookOf(process.env)}>
      <App start={withJournal(start)} launcher={launcher} clock={startClock()} onDone={leave} />
    </LookContext>
  );
  // Ink does so only after its first frame: a key that is pressed in between would be echoed, and Enter be another key.
  if (process.stdin.isTTY) process.stdin.setRawMode(true);
  const screen = render(app, {
    alternateScreen: true,
    incrementalRendering: true,
    interactive: true,
    exitOnCtrlC: false,
    patchConsole: false,
    // Measurements are drawn four times a second at most (drill/feed.ts); a key must not wait for them.
    maxFps: 60,
  });
  // The terminal is given back in order, whoever wants the screen to end; only then may the process go.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, leave);
  // A screen that is stopped cannot be paged, and its terminal would stay raw.
  process.on('SIGTSTP', () => {});
  process.on('disconnect', leave);
  process.stdout.on('error', leave);
  leaving.signal.addEventListener('abort', () => screen.unmount());
  await screen.waitUntilExit();
  send({ done: true });
};

/** Shows what the launcher says first. */
export const awaitStart = (): void =>
  void process.once('message', (start: ToScreen) => {
    if (!('view' in start)) throw new Error('the first message says what to show');
    const beats = setInterval(() => send({ beat: true }), 1_000);
    send({ beat: true });
    void end(show(start), beats);
  });

/** What is still to be said to the launcher goes out before the channel closes. */
const end = async (shown: Promise<void>, beats: NodeJS.Timeout): Promise<void> => {
  try {
    await shown;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : reasonOf(error)}\n`);
    process.exitCode = 1;
  }
  clearInterval(beats);
  if (process.connected) process.disconnect();
};
