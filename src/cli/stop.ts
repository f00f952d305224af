/** `gameday stop`: the red button, from any shell. It asks nothing; what it ends keeps its evidence. */
import { GamedayError, type Problem } from '../errors.ts';
import { leaveStopNote, takeStopNote } from '../safety/stop-note.ts';
import type { AddCommand, CommandContext } from './command.ts';
import { exitCodes, helpAfter } from './exit-codes.ts';
import { liveRun, liveRuns, type LiveRun } from './project/live-runs.ts';
import { journalOf } from './project/runs.ts';
import { hasEnded, pressStop, restoredWithin } from './stopping.ts';

type Options = { readonly reason: string; readonly all?: boolean };

export const addStop: AddCommand = (program, run) => {
  program
    .command('stop')
    .argument('[run]', 'its id, where several are going on')
    .option('--all', 'every run of this project that is going on')
    .option('--reason <text>', 'why, for the record', 'gameday stop')
    .addHelpText(
      'after',
      helpAfter(
        ['gameday stop', 'gameday stop --all', 'gameday stop 20261122-183005-ab12cd --reason "the meeting begins"'],
        {
          0: 'it has ended, and everything is restored',
          2: exitCodes[2],
          3: 'no run is going on, or one does not answer',
          5: exitCodes[5],
        },
      ),
    )
    .action(
      run(async (context, wanted: string | undefined, { reason, all }: Options) => {
        if (all === true && wanted !== undefined)
          throw new GamedayError('USAGE', {
            message: `--all means every run; ${wanted} is one of them`,
            hint: `gameday stop --all, or gameday stop ${wanted}`,
          });
        const live = all === true ? liveRuns(context.folders().runsFolder) : [liveRun(context, wanted)];
        if (live.length === 0) context.terminal.out('No run is going on in this project.');
        // All at once: nobody waits for the restoring of another.
        const ends = await Promise.allSettled(live.map((each) => stopOne(context, each, reason)));
        const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
        if (failures.length > 0) throw worst(failures);
        return 0;
      }),
    );
};

/** @throws {GamedayError} RESIDUE naming what may still be active, ENVIRONMENT_FAILED where it does not end. */
const stopOne = async (
  context: CommandContext,
  { runId, runFolder, owner }: LiveRun,
  reason: string,
): Promise<void> => {
  context.terminal.err(`gameday: stopping ${runId} and restoring …`);
  await ask({ runFolder, owner }, reason);
  const over = await hasEnded(runFolder, restoredWithin);
  takeStopNote(runFolder); // of a conductor that was over, or died
  if (!over)
    throw new GamedayError('ENVIRONMENT_FAILED', {
      message: `${runId} was asked to stop and is still restoring`,
      hint: 'gameday list runs tells when it has ended',
    });
  const ended = journalOf(context.folders().runsFolder, runId).findLast((event) => event.type === 'run.ended');
  const residue = ended?.residue ?? ['it ended without saying what is left'];
  if (residue.length > 0)
    throw new GamedayError(
      'RESIDUE',
      residue.map((left) => ({ message: `${runId} may still be active: ${left}`, hint: `gameday recover ${runId}` })),
    );
  context.terminal.out(`${runId} is stopped, and everything is restored.`);
};

/** What nobody plays has no red button, and one that does not answer cannot be pressed: its conductor is asked to end. */
const ask = async ({ runFolder, owner }: Pick<LiveRun, 'runFolder' | 'owner'>, reason: string): Promise<void> => {
  const { url, primaryToken: token, conductor } = owner;
  if (token !== undefined)
    try {
      return await pressStop({ url, token }, reason);
    } catch (error) {
      if (!(error instanceof GamedayError)) throw error;
      if (error.code === 'USAGE') return; // it is ending already
    }
  leaveStopNote(runFolder, reason);
  try {
    process.kill(conductor.pid, 'SIGTERM');
  } catch {
    // It has ended in this moment, which is what was wanted.
  }
};

/** All that went wrong, residue before anything else. */
const worst = (failures: readonly unknown[]): unknown => {
  const known = failures.filter((failure) => failure instanceof GamedayError);
  const residue = known.filter(({ code }) => code === 'RESIDUE');
  const told = residue.length > 0 ? residue : known;
  if (told.length === 0) return failures[0];
  const problems: readonly Problem[] = [...told, ...known.filter((each) => !told.includes(each))].flatMap(
    (each) => each.problems,
  );
  return new GamedayError(told[0]!.code, problems);
};
