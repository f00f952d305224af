/** `gameday rules backtest`: other rules over the outages that were recorded. */
import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { GamedayError } from '../../errors.ts';
import { oneLine, table } from '../../reports/plain-text.ts';
import { journalFile } from '../../safety/recovery.ts';
import { showTeam } from '../../verdicts/durations.ts';
import type { AlertChange, Backtest } from './backtest.ts';
import type { CommandContext, RunAction } from '../command.ts';
import { exitCodes, helpAfter } from '../exit-codes.ts';
import { located, projectAround, ruleSource } from './source.ts';
import { journalOf, runIds } from '../project/runs.ts';

export const addBacktest = (rules: Command, run: RunAction): void => {
  rules
    .command('backtest')
    .argument('[run]', 'its id as in gameday list runs, or the path of its folder')
    .description('evaluate other rules over the samples of a recorded outage, and compare with the rules of then')
    .requiredOption('--rules <file>', 'the rule file of now')
    .option('--all', 'over every run that is kept')
    .option('--json', 'print the comparison as JSON')
    .addHelpText(
      'after',
      helpAfter(
        [
          'gameday rules backtest 20261122-183005-ab12 --rules alerts.yml',
          'gameday rules backtest --all --rules alerts.yml',
        ],
        {
          0: 'every expected alert still fires within its bound',
          1: 'an expected alert goes silent, or past its bound',
          2: exitCodes[2],
        },
      ),
    )
    .action(
      run(
        async (
          context,
          name: string | undefined,
          { rules: file, all: every, json }: { rules: string; all?: boolean; json?: boolean },
        ) => {
          const { out, err } = context.terminal;
          const now = ruleSource(located(file, await projectAround(context)));
          const { backtest } = await import('./backtest.ts');
          const over = (runFolder: string): Backtest => backtest(runFolder, journalOf(undefined, runFolder), now);
          const compared = every === true ? await overAll(context, name, over) : [over(await folderOf(context, name))];
          if (json === true) out(JSON.stringify({ schemaVersion: 1, runs: compared }, null, 2));
          else out(compared.map(showBacktest).join('\n\n'));
          const broken = compared.filter(({ alerts }) => alerts.some((alert) => alert.broken)).length;
          if (json !== true && every === true)
            err(`${compared.length} runs compared, ${broken} with an expected alert broken`);
          return broken === 0 ? 0 : 1;
        },
      ),
    );
};

/** The folder of a run by its id or path; a copied run needs no project around it. */
const folderOf = async (context: CommandContext, name: string | undefined): Promise<string> => {
  if (name === undefined)
    throw new GamedayError('USAGE', { message: 'no run is named', hint: 'name one, or use --all' });
  if (existsSync(journalFile(name))) return name;
  const { runsFolder } = context.folders();
  journalOf(runsFolder, name);
  return join(runsFolder, name);
};

/** Runs that recorded no outage are left out, and said so. */
const overAll = async (
  context: CommandContext,
  name: string | undefined,
  over: (runFolder: string) => Backtest,
): Promise<readonly Backtest[]> => {
  if (name !== undefined)
    throw new GamedayError('USAGE', { message: '--all and a run exclude each other', hint: 'leave one of them out' });
  const { runsFolder } = context.folders();
  const compared = runIds(runsFolder).flatMap((id) => {
    try {
      return [over(join(runsFolder, id))];
    } catch (error) {
      if (!(error instanceof GamedayError) || error.problems[0]?.at?.file.endsWith('.yml') === true) throw error;
      context.terminal.err(`${id} left out: ${error.problems[0]?.message}`);
      return [];
    }
  });
  if (compared.length === 0)
    throw new GamedayError('USAGE', {
      message: 'no run is kept that could be compared',
      hint: 'gameday verify makes one',
    });
  return compared;
};

const showBacktest = ({ runId, experiment, speed, alerts, notes }: Backtest): string => {
  const rows = alerts.map(({ alert, withinMs, thenMs, nowMs, change, broken }): [...string[], string] => [
    broken ? '✖' : ' ',
    alert,
    thenMs === null ? 'silent' : showTeam(thenMs),
    nowMs === null ? 'silent' : showTeam(nowMs),
    words({ change, thenMs, nowMs }),
    withinMs === null ? '' : `expected within ${showTeam(withinMs)}`,
  ]);
  const head = `${runId}  ${experiment}${speed === 1 ? '' : `, at ${speed}x`}: from the fault to the alert, then and now`;
  return [head, ...table(rows, 2), ...notes.map((note) => `  ${oneLine(note)}`)].join('\n');
};

const words = ({ change, thenMs, nowMs }: Pick<AlertChange, 'change' | 'thenMs' | 'nowMs'>): string =>
  change === 'earlier' || change === 'later' ? `${showTeam(Math.abs((nowMs ?? 0) - (thenMs ?? 0)))} ${change}` : change;
