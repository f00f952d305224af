/** `gameday show`: what an experiment would do, before anything is touched. */
import { planReport } from '../reports/plan-report.ts';
import type { AddCommand } from './command.ts';
import { planAll } from './plans.ts';

export const addShow: AddCommand = (program, run) => {
  program
    .command('show')
    .argument('<experiment>', 'a name as in gameday list')
    .description('print the plan of an experiment: what will break, what must happen, what is undone how')
    .option('--json', 'print the plan as JSON')
    .addHelpText('after', '\nExamples:\n  gameday show web-stack-outage\n  gameday show web-stack-outage --json')
    .action(
      run(async (context, name: string, { json }: { json?: boolean }) => {
        const [planned] = await planAll(context.project(), [name], {
          proof: 'single',
          speed: 30,
          seed: 1,
          runbook: null,
        });
        if (planned === undefined) return 2;
        const { plan } = planned;
        context.terminal.out(json === true ? JSON.stringify({ schemaVersion: 1, plan }, null, 2) : planReport(plan));
        return 0;
      }),
    );
};
