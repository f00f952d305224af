/** `--dry-run`: everything that would be done, and nothing of it. */
import type { Target } from '../../environments/attached/attached.ts';
import { planReport } from '../../reports/plan-report.ts';
import type { CommandContext } from '../command.ts';
import { targetJson, targetReport } from './report.ts';
import type { Planned } from '../project/plans.ts';

export const sayOnly = (
  { terminal }: Pick<CommandContext, 'terminal'>,
  target: Target | undefined,
  planned: readonly Planned[],
  json: boolean,
): 0 => {
  if (json) {
    const plans = planned.map(({ plan }) => plan);
    const said = {
      schemaVersion: 1,
      dryRun: true,
      plans,
      ...(target === undefined ? {} : { target: targetJson(target, planned, []) }),
    };
    terminal.out(JSON.stringify(said, null, 2));
    return 0;
  }
  for (const { plan } of planned) terminal.out(`${planReport(plan)}\n`);
  if (target !== undefined) terminal.out(`${targetReport(target, planned, [])}\n`);
  terminal.out('Nothing was started, and nothing was changed.');
  return 0;
};
