/**
 * The service's own pool is made too small, as a careless deploy would: the configuration file is edited and the service
 * restarted. The database stays idle and innocent.
 */
import { z } from 'zod';
import type { Undoer } from '../safety/rollback.ts';
import type { UndoRecord } from '../safety/undo-log.ts';
import type { Fault } from './fault.ts';

type Params = { readonly max: number };

export const shrinkPool: Fault<Params> = {
  name: 'shrink-pool',
  needs: ['configure-service', 'restart-service', 'shop'],
  expires: 'never',
  params: z.strictObject({ max: z.int().min(1).max(1_000) }),
  describe: (params) => `each instance's pool holds at most ${params.max}, then a restart of the service`,
  inject: async (params, { environment, intend, signal }) => {
    const configuration = await environment.service.readConfiguration();
    intend(
      { kind: 'service.restore', configuration },
      'put the configuration that undo.log holds back, and restart the service',
    );
    const changed = JSON.parse(configuration) as { pool: { max: number } };
    changed.pool.max = params.max;
    await environment.service.writeConfiguration(`${JSON.stringify(changed, null, 2)}\n`);
    await environment.restart('service', signal);
    return undefined;
  },
};

type ServiceRestore = Extract<UndoRecord, { kind: 'service.restore' }>;

export const serviceRestore: Undoer<ServiceRestore> = {
  undo: async (record, { acts }) => {
    if (acts === undefined) throw new Error('the service has to be reconfigured and restarted, and nobody here can');
    // Always restarted: the file may be back already while the running process still has the small pool.
    await acts.writeConfiguration(record.configuration);
    await acts.restart('service');
  },
  verify: async (record, { acts }) =>
    (await acts?.readConfiguration()) === record.configuration ? undefined : 'the configuration is not what it was',
};
