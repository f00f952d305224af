/** `gameday env check`: proves every address and permission of an environment, and changes nothing. */
import type { Command } from 'commander';
import { GamedayError } from '../../errors.ts';
import type { RunAction } from '../command.ts';
import { exitCodes, helpAfter } from '../exit-codes.ts';

type Options = { readonly experiment?: string; readonly json?: boolean };

export const addEnvCheck = (env: Command, run: RunAction): void => {
  env
    .command('check')
    .argument('[name]', 'an environment of gameday.yaml; its default unless given')
    .description('prove every address and permission of an environment, and change nothing')
    .option('--experiment <name>', 'also print each statement that this experiment would run there')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      helpAfter(['gameday env check staging', 'gameday env check staging --experiment connections-held'], {
        0: 'every rule is satisfied',
        2: exitCodes[2],
        6: 'a rule keeps experiments out; each is named with the way to satisfy it',
      }),
    )
    .action(
      run(async (context, name: string | undefined, { experiment, json }: Options) => {
        const [{ openNamed, askedBy, guarded }, { planAll }, { refusals }, { targetJson, targetReport }] =
          await Promise.all([
            import('./target.ts'),
            import('../project/plans.ts'),
            import('../../safety/guards.ts'),
            import('./report.ts'),
          ]);
        const project = await context.project();
        const target = await openNamed(context, project, name);
        const planned =
          experiment === undefined
            ? []
            : await planAll(project, [experiment], { proof: 'single', speed: 1, seed: 1, runbook: null, target });
        const asked = planned.map((each) => askedBy(each, target));
        const refused = refusals(guarded(target), asked);
        if (json === true) {
          const environment = targetJson(target, planned, refused);
          context.terminal.out(JSON.stringify({ schemaVersion: 1, environment }, null, 2));
          return refused.length === 0 ? 0 : 6;
        }
        context.terminal.out(targetReport(target, planned, refused));
        if (refused.length > 0) throw new GamedayError('REFUSED', refused);
        return 0;
      }),
    );
};
