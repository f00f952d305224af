/** A saturated line: everything the service reads from PostgreSQL arrives at a fixed rate per connection. */
import { z } from 'zod';
import type { Fault } from './fault.ts';
import { addToxics } from './toxics.ts';

/** Kilobytes are 1000 bytes, as Toxiproxy counts; per second and connection. */
type Params = { readonly rateKbPerSecond: number };

export const throttleBandwidth: Fault<Params> = {
  name: 'throttle-bandwidth',
  needs: ['proxy'],
  expires: 'by proxy ttl',
  params: z.strictObject({ rateKbPerSecond: z.int().min(1).max(1_000_000) }),
  describe: (params) => `at most ${params.rateKbPerSecond} kB/s on each connection from PostgreSQL`,
  inject: async ({ rateKbPerSecond }, context) => {
    await addToxics([{ type: 'bandwidth', stream: 'downstream', attributes: { rate: rateKbPerSecond } }], context);
    return undefined;
  },
};
