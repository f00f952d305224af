/** `gameday resume`: takes up a drill whose terminal was lost. */
import type { AddCommand } from '../command.ts';
import { drillCodes } from './drill.ts';
import { helpAfter } from '../exit-codes.ts';
import { liveRun, playing } from '../project/live-runs.ts';
import { play } from './play.ts';

export const addResume: AddCommand = (program, run) => {
  program
    .command('resume')
    .argument('[run]', 'its id, where several are going on')
    .option('--plain', 'line by line instead of on a whole screen')
    .addHelpText('after', helpAfter(['gameday resume', 'gameday resume 20261122-183005-ab12cd'], drillCodes))
    .action(
      run(async (context, wanted: string | undefined, { plain }: { plain?: boolean }) => {
        const live = liveRun(context, wanted);
        const { runId, runFolder } = live;
        return play(context, { runId, runFolder, address: playing(live) }, plain === true, 'leave');
      }),
    );
};
