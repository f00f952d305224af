/** A longer way to PostgreSQL: every message is delayed, in each direction. */
import { z } from 'zod';
import { parseDuration, type Ms } from '../units.ts';
import type { Fault } from './fault.ts';
import { addToxics } from './toxics.ts';

/** One way, and by how much it varies either side. */
type Params = { readonly delay: Ms; readonly jitter: Ms };

const duration = z.string().transform((text, context) => {
  const parsed = parseDuration(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: `"${text}" is not a duration such as 20ms` });
  return z.NEVER;
});

export const addLatency: Fault<Params> = {
  name: 'add-latency',
  needs: ['proxy'],
  expires: 'by proxy ttl',
  params: z.strictObject({ delay: duration, jitter: duration.prefault('0s') }),
  describe: ({ delay, jitter }) => `${delay} ms each way${jitter > 0 ? `, give or take ${jitter} ms` : ''}`,
  inject: async ({ delay, jitter }, context) => {
    const toxic = (stream: 'upstream' | 'downstream') =>
      ({ type: 'latency', stream, attributes: { latency: delay, jitter } }) as const;
    await addToxics([toxic('upstream'), toxic('downstream')], context);
    return undefined;
  },
};
