/** `gameday recover`: undoes what runs left whose conductor and watchdog are both gone. */
import { basename } from 'node:path';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { GamedayError, reasonOf, type Problem } from '../errors.ts';
import { watchdogRuns } from '../safety/owner.ts';
import { deadRuns, recoverRun, unendedRuns, type DeadRun, type Recovery } from '../safety/recovery.ts';
import { leftError, residueError } from '../safety/rollback.ts';
import { removeStray, strayEnvironments, type Stray } from '../safety/strays.ts';
import { mayBeActive, type UndoEntry } from '../safety/undo-log.ts';
import type { AddCommand, CommandContext, Terminal } from './command.ts';
import { exitCodes, helpAfter } from './exit-codes.ts';
import { oneLine } from '../reports/plain-text.ts';
import { replicasFolder } from './env/replica-folder.ts';
import { runIds, suggestRun } from './project/runs.ts';
import { restoreTerminal } from './terminal/terminal.ts';

type Options = { readonly dryRun?: boolean; readonly json?: boolean; readonly terminal?: boolean };

export const addRecover: AddCommand = (program, run) => {
  program
    .command('recover')
    .argument('[run]', 'only this run')
    .option('--dry-run', 'say what would be undone, and touch nothing')
    .option('--terminal', 'only make this terminal usable again after a screen that was killed')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      helpAfter(['gameday recover', 'gameday recover --dry-run', 'gameday recover --terminal'], {
        0: 'nothing is left, or all of it was undone',
        2: exitCodes[2],
        3: 'something that runs no more could not be removed yet',
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
        const left = await leftovers(context, only);
        const { out } = context.terminal;
        if (dryRun === true) {
          if (json === true) out(asJson({ dryRun: true, ...listed(left) }));
          else for (const line of linesOf(left)) out(line);
          return 0;
        }
        const { recoveryOf } = await import('./env/recovery.ts');
        const { residue, ended } = await recoverAll(context, left.runs, await recoveryOf(context));
        for (const runFolder of left.unended) await recoverRun(runFolder, 'operator');
        const strays = await removeStrays(context, left.strays);
        const words = [...residue.map(({ what }) => what), ...strays.map(({ message }) => message)];
        if (json === true) out(asJson({ ...listed(left), residue: words, ended: ended.map(({ what }) => what) }));
        else if (isNothing(left)) out(`Nothing is left of ${only ?? 'any run'}.`);
        else if (words.length + ended.length === 0) out('Everything is undone.');
        if (words.length > 0) throw new GamedayError('RESIDUE', [...residueError(residue).problems, ...strays]);
        if (ended.length > 0) throw leftError(ended);
        return 0;
      }),
    );
};

/** What a look finds; it changes nothing. */
type Leftovers = {
  readonly runs: readonly DeadRun[];
  /** Folders of runs whose record has no end, although nothing is left of them. */
  readonly unended: readonly string[];
  readonly strays: readonly Stray[];
};

const leftovers = async (context: CommandContext, only: string | undefined): Promise<Leftovers> => {
  const { runsFolder } = context.folders();
  const known = runIds(runsFolder);
  if (only !== undefined && !known.includes(only))
    throw new GamedayError('USAGE', { message: `there is no run "${only}"`, hint: suggestRun(only, known) });
  const wanted = (runId: string): boolean => only === undefined || runId === only;
  const runs = allDead(runsFolder);
  return {
    runs: runs.filter(({ runId }) => wanted(runId)),
    unended: unendedRuns(runsFolder).filter((runFolder) => wanted(basename(runFolder))),
    strays: only === undefined ? await strayEnvironments([...known, ...runs.map(({ runId }) => runId)]) : [],
  };
};

const isNothing = ({ runs, unended, strays }: Leftovers): boolean => runs.length + unended.length + strays.length === 0;

const listed = ({ runs, unended, strays }: Leftovers): object => ({
  runs: runs.map(({ runId, unsettled }) => ({
    runId,
    left: unsettled.map(({ what, byHand }) => ({ what, byHand })),
  })),
  withoutEnd: unended.map((runFolder) => basename(runFolder)),
  strays,
});

const asJson = (value: object): string => JSON.stringify({ schemaVersion: 1, ...value }, null, 2);

const linesOf = (left: Leftovers): readonly string[] =>
  isNothing(left)
    ? ['Nothing is left of any run.']
    : [
        ...left.runs.flatMap(({ runId, unsettled }) =>
          unsettled.map(({ what, byHand }) => `${oneLine(`${runId}  ${what}`)}\n  by hand: ${oneLine(byHand)}`),
        ),
        ...left.unended.map((runFolder) => `${basename(runFolder)}  its record has no end; nothing is left of it`),
        ...left.strays.map(({ runId, folder }) => `${runId}  an environment without a run, in ${oneLine(folder)}`),
      ];

const removeStrays = async (
  { terminal }: CommandContext,
  strays: readonly Stray[],
): Promise<readonly (Problem & { hint: string })[]> => {
  const problems: (Problem & { hint: string })[] = [];
  for (const stray of strays) {
    terminal.err(`gameday: removing the environment in ${stray.folder}, whose run is gone`);
    const left = await removeStray(stray).catch((error: unknown) => reasonOf(error));
    if (left !== undefined)
      problems.push({
        message: `the environment in ${stray.folder}: ${left}`,
        hint: `by hand: rm -rf ${stray.folder}`,
      });
  }
  return problems;
};

/** Runs, and replicas without a run. */
const allDead = (runsFolder: string): readonly DeadRun[] => [
  ...deadRuns(runsFolder),
  ...deadRuns(replicasFolder(runsFolder)),
];

type Recovering = Pick<CommandContext, 'folders'> & { readonly terminal: Pick<Terminal, 'err'> };

/** Before any other command: puts back what dead runs left. @throws {GamedayError} RESIDUE when that does not work. */
export const recoverDeadRuns = async (context: Recovering): Promise<void> => {
  let runsFolder: string;
  try {
    ({ runsFolder } = context.folders());
  } catch (error) {
    if (error instanceof GamedayError) return; // Not in a project: the command itself says so where it matters.
    throw error;
  }
  const { residue, ended } = await recoverAll(context, allDead(runsFolder));
  if (residue.length > 0) throw residueError(residue);
  for (const { message } of ended.length === 0 ? [] : leftError(ended).problems)
    context.terminal.err(`gameday: ${message}`);
};

/** @param recovery What may be undone besides an environment of ours; nothing unless given. */
const recoverAll = async (
  context: Recovering,
  dead: readonly DeadRun[],
  recovery?: Recovery,
): Promise<{ readonly residue: readonly UndoEntry[]; readonly ended: readonly UndoEntry[] }> => {
  const left: UndoEntry[] = [];
  for (const { runFolder, runId, unsettled } of dead) {
    // A watchdog that is at it is left to it for a while.
    for (let tries = 0; tries < 100 && watchdogRuns(runFolder); tries++) await sleepFor(100);
    const all = unsettled.map(({ what }) => what).join('; ');
    context.terminal.err(
      unsettled.some(mayBeActive)
        ? `gameday: run ${runId} ended without undoing ${all}: undoing it now`
        : `gameday: of run ${runId} there is left ${all}: removing it now`,
    );
    left.push(...(await recoverRun(runFolder, 'operator', recovery)));
  }
  return { residue: left.filter(mayBeActive), ended: left.filter((entry) => !mayBeActive(entry)) };
};
