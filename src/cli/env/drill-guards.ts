/**
 * A drill's conductor has no terminal, so what a person has to see or agree to before a drill on servers of the team's own
 * happens here: the rules, the typed word, and with `--dry-run` all that would be done.
 */
import type { CommandContext } from '../command.ts';
import { sayOnly } from './dry-run.ts';
import { speedAt } from './options.ts';
import { admit, targetOf } from './target.ts';
import type { DrillOptions } from '../drill/launch.ts';
import { planAll } from '../project/plans.ts';
import { replicaOf } from '../project/replicas.ts';

/** @returns What the conductor is told; undefined where nothing is to be done. */
export const admitDrill = async (
  context: CommandContext,
  wanted: DrillOptions,
  { env, dryRun = false }: { readonly env?: string; readonly dryRun?: boolean },
): Promise<DrillOptions | undefined> => {
  const project = await context.project();
  const target = await targetOf(context, project, env);
  const replica = replicaOf(project, env);
  if (target === undefined && !dryRun) return { ...wanted, environment: replica };
  const { experiment, mode, timeScale, limitMs, seed, originals } = wanted;
  const planned = await planAll(project, [experiment], {
    ...{ proof: 'single', speed: speedAt(target, wanted.speed, null), seed, runbook: null },
    drill: { mode, timeScale, limitMs },
    replica,
    ...(originals === undefined ? {} : { originals }),
    ...(target === undefined ? {} : { target }),
  });
  await admit(context, target, planned, dryRun);
  if (dryRun) {
    sayOnly(context, target, planned, false);
    return undefined;
  }
  return { ...wanted, environment: target?.name ?? replica, confirmed: true };
};
