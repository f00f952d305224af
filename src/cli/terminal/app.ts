/** `gameday` on a terminal: the home screen, and the drills and verifications that are started from it. */
import { basename } from 'node:path';
import { GamedayError, reasonOf, showProblems, type Problem } from '../../errors.ts';
import type { FromScreen, ScreenStart, ToScreen } from '../../screen/ipc.ts';
import type { CommandContext } from '../command.ts';
import { homeModel } from './home.ts';
import { launchDrill, type PlayedRun } from '../drill/launch.ts';
import { afterScreen, keepDebrief, openScreen } from '../drill/play.ts';

/** @returns The exit code. */
export const showApp = async (context: CommandContext): Promise<number> => {
  for (;;) {
    const { run, verify, end } = await showHome(context);
    if (verify === undefined) return afterScreen(context, end, run ?? null);
    await verifyInBetween(context, verify);
    if (context.signal.aborted || context.guard.gone.aborted) return 0;
  }
};

const showHome = async (context: CommandContext) => {
  const leaving = new AbortController();
  let run: PlayedRun | undefined;
  let verify: string | undefined;
  let starting: Promise<void> | undefined;
  const start = async ({ experiment, mode }: Extract<FromScreen, { start: unknown }>['start']): Promise<ToScreen> => {
    try {
      const options = { experiment, mode, speed: null, timeScale: null, limitMs: null, seed: 1 };
      run = await launchDrill(context, options);
      return { session: { ...run.address, runId: run.runId } };
    } catch (error) {
      return { problems: problemsOf(error) };
    }
  };
  const end = await openScreen(
    context,
    home(context),
    (message, reply) => {
      if ('start' in message) starting = start(message.start).then(reply);
      else if ('debrief' in message && run?.runId === message.debrief.runId)
        keepDebrief(run.runFolder, message.debrief.answers);
      else if ('verify' in message) {
        verify = message.verify.experiment;
        leaving.abort();
      }
    },
    AbortSignal.any([context.signal, context.guard.gone, leaving.signal]),
  );
  // A drill that was still being started when the screen went is nobody's secret: it is told like any other.
  await starting;
  return { run, verify, end };
};

const home = async (context: CommandContext): Promise<ScreenStart> => {
  const project = await context.project();
  return { view: 'home', project: basename(project.root), home: homeModel(project) };
};

const problemsOf = (error: unknown): readonly Problem[] =>
  error instanceof GamedayError ? error.problems : [{ message: `this is a bug in gameday: ${reasonOf(error)}` }];

/** In the normal screen, where its report stays. */
const verifyInBetween = async (context: CommandContext, experiment: string): Promise<void> => {
  const { terminal } = context;
  const left = AbortSignal.any([context.signal, context.guard.gone]);
  const { verifyOnly } = await import('../verify-runs.ts');
  try {
    await verifyOnly(context, experiment);
  } catch (error) {
    if (!(error instanceof GamedayError)) throw error;
    terminal.err(showProblems(error.problems));
  }
  if (left.aborted) return;
  terminal.write('Enter goes back to gameday: ');
  const lines = terminal.lines();
  await Promise.race([lines.next(), aborted(left)]);
  await lines.return?.();
};

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
