/** `gameday env grants`: the least that an environment's roles need, as a script for its DBA to read and run. */
import type { Command } from 'commander';
import type { RunAction } from '../command.ts';
import { helpAfter, plainCodes } from '../exit-codes.ts';

export const addEnvGrants = (env: Command, run: RunAction): void => {
  env
    .command('grants')
    .argument('<name>', 'an environment of gameday.yaml')
    .description('print the script that gives its roles the least they need; nothing is run')
    .addHelpText('after', helpAfter(['gameday env grants staging | less'], plainCodes))
    .action(
      run(async (context, name: string) => {
        const [{ loginsNamed, settingsNamed }, { grantsSql }] = await Promise.all([
          import('./target.ts'),
          import('../../environments/attached/grants.ts'),
        ]);
        const project = await context.project();
        const { connections } = settingsNamed(project, name).blastRadius;
        context.terminal.out(grantsSql(loginsNamed(context, project, name), connections));
        return 0;
      }),
    );
};
