/**
 * What `gameday recover` may undo on servers of the team's own: only at addresses that the project's own gameday.yaml names,
 * with the credentials of whoever runs it. Commands that recover on their way never do, because a project may come from
 * anybody; they say what is left, and that this command undoes it.
 */
import { isAllowed, readLogins } from '../../environments/attached/address.ts';
import { GamedayError } from '../../errors.ts';
import { reachOf } from '../../safety/reach.ts';
import type { Recovery } from '../../safety/recovery.ts';
import type { CommandContext } from '../command.ts';

export const recoveryOf = async (context: CommandContext): Promise<Recovery> => {
  const { undoers } = await import('../../faults/undoers.ts');
  return { undoers, reach: reachOf(await addressesNamed(context)) };
};

const addressesNamed = async ({ project, secrets }: CommandContext): Promise<readonly string[]> => {
  const { root, settings } = await project();
  const read = settings();
  if (!read.ok) return [];
  return Object.values(read.value.environments).flatMap((environment) => {
    const proxies = environment.toxiproxy === undefined ? [] : [environment.toxiproxy.url];
    try {
      const { operator } = readLogins(environment, secrets, root);
      const { host, database } = isAllowed(environment.allow, operator);
      return host && database ? [...proxies, operator.url] : proxies;
    } catch (error) {
      // A variable that is not set here: its records stay, and are said to.
      if (error instanceof GamedayError) return proxies;
      throw error;
    }
  });
};
