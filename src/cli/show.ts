/** `gameday show`: what an experiment would do, before anything is touched. */
import { planReport } from '../reports/plan-report.ts';
import type { AddCommand } from './command.ts';
import { helpAfter, plainCodes } from './exit-codes.ts';
import { showWarnings } from './warnings.ts';

export const addShow: AddCommand = (program, run) => {
  program
    .command('show')
    .argument('<experiment>', 'a name as in gameday list')
    .option('--json', 'print the plan as JSON')
    .addHelpText(
      'after',
      helpAfter(['gameday show web-stack-outage', 'gameday show web-stack-outage --json'], plainCodes),
    )
    .action(
      run(async (context, name: string, { json }: { json?: boolean }) => {
        const { planAll } = await import('./project/plans.ts');
        const [planned] = await planAll(await context.project(), [name], {
          proof: 'single',
          speed: 30,
          seed: 1,
          runbook: null,
        });
        if (planned === undefined) return 2;
        const { plan, warnings } = planned;
        if (warnings.length > 0) context.terminal.err(showWarnings(warnings));
        context.terminal.out(json === true ? JSON.stringify({ schemaVersion: 1, plan }, null, 2) : planReport(plan));
        return 0;
      }),
    );
};
