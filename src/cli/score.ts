/** `gameday score`: judges a finished run again, from its journal alone; the same on any machine and in any year. */
import { readinessReport } from '../reports/readiness-report.ts';
import { verifyJson } from '../reports/verify-json.ts';
import { verifyReport } from '../reports/verify-report.ts';
import { GamedayError } from '../errors.ts';
import { judgement } from '../verdicts/judgement.ts';
import type { AddCommand, CommandContext } from './command.ts';
import { exitCodes, helpAfter } from './exit-codes.ts';
import { journalOf } from './runs.ts';

export const addScore: AddCommand = (program, run) => {
  program
    .command('score')
    .argument('<run>', 'its id as in gameday list runs, or the path of its folder')
    .description('judge a finished run again from its journal: verdicts and READINESS')
    .option('--json', 'print the verdicts as JSON')
    .option('--explain', 'print the arithmetic of READINESS')
    .addHelpText(
      'after',
      helpAfter(['gameday score 20261122-183005-ab12', 'gameday score ./copied-run --explain'], {
        ...exitCodes,
        2: 'there is no such run, or its journal is damaged',
      }),
    )
    .action(
      run(async (context, name: string, { json, explain }: { json?: boolean; explain?: boolean }) => {
        const result = judgement(journalOf(await runsFolder(context), name));
        const { out } = context.terminal;
        if (json === true) out(verifyJson([result]));
        else out(explain === true ? readinessReport(result) : verifyReport(result));
        return result.exit.code;
      }),
    );
};

/** A copied run needs no project around it. */
const runsFolder = async (context: CommandContext): Promise<string | undefined> => {
  try {
    return (await context.project()).runsFolder;
  } catch (error) {
    if (error instanceof GamedayError) return undefined;
    throw error;
  }
};
