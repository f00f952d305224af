/**
 * A planned run on servers of the team's own. From the lock on nobody else breaks anything there, so what was looked at is
 * looked at again, and every rule is asked again, before the run begins.
 */
import { openAttached, type Target } from '../../environments/attached/attached.ts';
import type { Conducted } from '../../run/conduct.ts';
import { lockTarget } from '../../safety/target-lock.ts';
import { lookedAtAgain, refuse } from './target.ts';
import { perform, type Perform } from '../perform.ts';

/** @throws {GamedayError} REFUSED where a rule is broken now; nothing was started then. */
export const performAttached = async (options: Perform, target: Target): Promise<Conducted> => {
  await using lock = await lockTarget(target.logins.operator.url);
  const { plan } = options.planned;
  const found = await lookedAtAgain(target);
  refuse(found, [options.planned]);
  return await perform({
    ...options,
    signal: AbortSignal.any([options.signal, lock.lost]),
    openEnvironment: ({ evidenceFolder }) => openAttached({ ...found, service: plan.service, evidenceFolder }),
  });
};
