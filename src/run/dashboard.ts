/** What a dashboard would show of connections, once a second. What cannot be read is null: that, too, is a finding. */
import { promqlValue } from '../probes/promql-value.ts';
import { ms, seconds } from '../units.ts';
import type { Scene } from './scenes.ts';

const everyMs = seconds(1);

/** Ends with the signal; never rejects. */
export const showConnections = async (
  { clock, environment, operator, record }: Pick<Scene, 'clock' | 'environment' | 'operator' | 'record'>,
  signal: AbortSignal,
): Promise<void> => {
  while (!signal.aborted) {
    const startedMs = clock.nowMs();
    const bound = AbortSignal.any([signal, AbortSignal.timeout(everyMs)]);
    const [server, waiting] = await Promise.all([
      operator.rows<{ used: number; limit: number }>(connectionsSql).catch(() => []),
      promqlValue(environment.prometheusUrl, 'sum(shop_pool_waiting)', bound).catch(() => null),
    ]);
    if (signal.aborted) return;
    record({ type: 'connections.measured', used: server[0]?.used ?? null, limit: server[0]?.limit ?? null, waiting });
    await clock.sleep(ms(Math.max(0, everyMs - (clock.nowMs() - startedMs))), signal).catch(() => {});
  }
};

const connectionsSql = `
select count(*)::int as used, current_setting('max_connections')::int as limit
  from pg_stat_activity where backend_type = 'client backend'`;
