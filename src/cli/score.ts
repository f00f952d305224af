/** `gameday score`: judges a finished run again, from its journal alone; the same on any machine and in any year. */
import type { AddCommand } from './command.ts';
import { exitCodes, helpAfter } from './exit-codes.ts';
import { endedJournalOf, runsFolderOf } from './project/runs.ts';
import type { ScoreOptions } from './scored.ts';

export const addScore: AddCommand = (program, run) => {
  program
    .command('score')
    .argument('<run>', 'its id as in gameday list runs, or the path of its folder')
    .option('--json', 'print the verdicts as JSON')
    .option('--explain [item]', 'print the arithmetic, of a drill also of one item: right-lead, claims, total, …')
    .addHelpText(
      'after',
      helpAfter(
        [
          'gameday score 20261122-183005-ab12',
          'gameday score ./copied-run --explain',
          'gameday score 20261122-183005-ab12 --explain right-lead',
        ],
        { ...exitCodes, 2: 'there is no such run, or its journal is damaged' },
      ),
    )
    .action(
      run(async (context, name: string, options: ScoreOptions) => {
        const journal = endedJournalOf(runsFolderOf(context), name);
        const { scored } = await import('./scored.ts');
        const { text, code } = scored(journal, options);
        context.terminal.out(text);
        return code;
      }),
    );
};
