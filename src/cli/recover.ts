/** `gameday recover`: undoes what runs left whose conductor and watchdog are both gone. */
import { setTimeout as sleepFor } from 'node:timers/promises';
import { GamedayError } from '../errors.ts';
import { isRunning, ownerOf } from '../safety/owner.ts';
import { deadRuns, recoverRun, type DeadRun } from '../safety/recovery.ts';
import { residueError } from '../safety/rollback.ts';
import type { UndoEntry } from '../safety/undo-log.ts';
import type { AddCommand, CommandContext } from './command.ts';
import { exitCodes, helpAfter } from './exit-codes.ts';
import { oneLine } from '../reports/plain-text.ts';
import { runIds, suggestRun } from './runs.ts';
import { restoreTerminal } from './terminal.ts';

type Options = { readonly dryRun?: boolean; readonly json?: boolean; readonly terminal?: boolean };

export const addRecover: AddCommand = (program, run) => {
  program
    .command('recover')
    .argument('[run]', 'only this run')
    .description('undo what a run left that was killed together with its watchdog')
    .option('--dry-run', 'say what would be undone, and touch nothing')
    .option('--terminal', 'only make this terminal usable again after a screen that was killed')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      helpAfter(['gameday recover', 'gameday recover --dry-run', 'gameday recover --terminal'], {
        0: 'nothing is left, or all of it was undone',
        2: exitCodes[2],
        5: 'something could not be undone; the output says how to do it by hand',
      }),
    )
    .action(
      run(async (context, only: string | undefined, { dryRun, json, terminal }: Options) => {
        if (terminal === true) {
          restoreTerminal(context.terminal.write);
          context.guard.terminalMended();
          return 0;
        }
        const { runsFolder } = context.folders();
        const known = runIds(runsFolder);
        if (only !== undefined && !known.includes(only))
          throw new GamedayError('USAGE', { message: `there is no run "${only}"`, hint: suggestRun(only, known) });
        const found = deadRuns(runsFolder).filter(({ runId }) => only === undefined || runId === only);
        const nothing = `Nothing is left of ${only ?? 'any run'}.`;
        const { out } = context.terminal;
        const listed = found.map(({ runId, unsettled }) => ({
          runId,
          left: unsettled.map(({ what, byHand }) => ({ what, byHand })),
        }));
        if (dryRun === true) {
          if (json === true) out(JSON.stringify({ schemaVersion: 1, dryRun: true, runs: listed }, null, 2));
          else if (found.length === 0) out(nothing);
          else
            for (const { runId, left } of listed)
              for (const { what, byHand } of left)
                out(`${oneLine(`${runId}  ${what}`)}\n  by hand: ${oneLine(byHand)}`);
          return 0;
        }
        const residue = await recoverAll(context, found);
        if (json === true)
          out(JSON.stringify({ schemaVersion: 1, runs: listed, residue: residue.map(({ what }) => what) }, null, 2));
        else if (found.length === 0) out(nothing);
        if (residue.length > 0) throw residueError(residue);
        return 0;
      }),
    );
};

/** Before any other command: puts back what dead runs left. @throws {GamedayError} RESIDUE when that does not work. */
export const recoverDeadRuns = async (context: CommandContext): Promise<void> => {
  let runsFolder: string;
  try {
    ({ runsFolder } = context.folders());
  } catch (error) {
    if (error instanceof GamedayError) return; // Not in a project: the command itself says so where it matters.
    throw error;
  }
  const residue = await recoverAll(context, deadRuns(runsFolder));
  if (residue.length > 0) throw residueError(residue);
};

const recoverAll = async (context: CommandContext, dead: readonly DeadRun[]): Promise<readonly UndoEntry[]> => {
  const residue: UndoEntry[] = [];
  if (dead.length === 0) return residue;
  for (const { runFolder, runId, unsettled } of dead) {
    // A watchdog that is at it is left to it for a while.
    for (let tries = 0; tries < 100 && watchdogRuns(runFolder); tries++) await sleepFor(100);
    context.terminal.err(
      `gameday: run ${runId} ended without undoing ${unsettled.map(({ what }) => what).join('; ')}: undoing it now`,
    );
    residue.push(...(await recoverRun(runFolder, 'operator')));
  }
  return residue;
};

const watchdogRuns = (runFolder: string): boolean => {
  const owner = ownerOf(runFolder);
  return owner !== undefined && isRunning(owner.watchdog);
};
