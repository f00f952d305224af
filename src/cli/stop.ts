/** `gameday stop`: the red button, from any shell. */
import { GamedayError } from '../errors.ts';
import type { AddCommand } from './command.ts';
import { exitCodes, helpAfter } from './exit-codes.ts';
import { liveRun } from './live-runs.ts';
import { journalOf } from './runs.ts';
import { hasEnded, pressStop, restoredWithin } from './stopping.ts';

export const addStop: AddCommand = (program, run) => {
  program
    .command('stop')
    .argument('[run]', 'its id, where several are going on')
    .description('undo every fault of the run that is going on now, end it, and keep its evidence')
    .option('--reason <text>', 'why, for the record', 'gameday stop')
    .addHelpText(
      'after',
      helpAfter(['gameday stop', 'gameday stop 20261122-183005-ab12cd --reason "the meeting begins"'], {
        0: 'it has ended, and everything is restored',
        2: exitCodes[2],
        3: 'no run is going on, or it does not answer',
        5: exitCodes[5],
      }),
    )
    .action(
      run(async (context, wanted: string | undefined, { reason }: { reason: string }) => {
        const { runId, runFolder, owner } = liveRun(context, wanted);
        const { runsFolder } = context.folders();
        context.terminal.err(`gameday: stopping ${runId} and restoring …`);
        const { url, primaryToken: token, conductor } = owner;
        // What nobody plays has no red button; its conductor restores when it is asked to end.
        if (token === undefined) process.kill(conductor.pid, 'SIGTERM');
        else await pressStop({ url, token }, reason);
        if (!(await hasEnded(runFolder, restoredWithin)))
          throw new GamedayError('ENVIRONMENT_FAILED', {
            message: `${runId} was asked to stop and is still restoring`,
            hint: 'gameday list runs tells when it has ended',
          });
        const ended = journalOf(runsFolder, runId).findLast((event) => event.type === 'run.ended');
        const residue = ended?.residue ?? ['it ended without saying what is left: gameday recover looks'];
        if (residue.length > 0)
          throw new GamedayError(
            'RESIDUE',
            residue.map((left) => ({ message: `may still be active: ${left}` })),
          );
        context.terminal.out(`${runId} is stopped, and everything is restored.`);
        return 0;
      }),
    );
};
