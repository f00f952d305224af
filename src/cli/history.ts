/** `gameday history`: the drills of an experiment that can be compared, and nothing that would be luck. */
import { columns } from '../reports/plain-text.ts';
import { suggestName } from '../documents/suggestion.ts';
import { GamedayError } from '../errors.ts';
import type { AddCommand } from './command.ts';
import { helpAfter, plainCodes } from './exit-codes.ts';
import { homeModel } from './terminal/home.ts';

export const addHistory: AddCommand = (program, run) => {
  program
    .command('history')
    .argument('<experiment>', 'a name as in gameday list')
    .option('--json', 'print as JSON')
    .addHelpText('after', helpAfter(['gameday history web-stack-outage'], plainCodes))
    .action(
      run(async (context, name: string, { json }: { json?: boolean }) => {
        const { comparableDrills } = await import('../screen/history/comparable-drills.ts');
        const { historyLines } = await import('../screen/history/history-lines.ts');
        const project = await context.project();
        const { drills } = homeModel(project);
        const known = [...new Set([...project.experimentNames(), ...drills.map(({ experiment }) => experiment)])];
        if (!known.includes(name))
          throw new GamedayError('USAGE', {
            message: `there is no experiment "${name}"`,
            hint: suggestName(name, known),
          });
        const { out } = context.terminal;
        if (json === true) out(JSON.stringify({ schemaVersion: 1, history: comparableDrills(drills, name) }, null, 2));
        else out(historyLines(drills, name, { width: columns }).join('\n'));
        return 0;
      }),
    );
};
