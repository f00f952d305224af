/** Alerts that come and go as if by chance, the same for everybody who asks with the same seed. */
export type Posted = {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly generatorURL: string;
  readonly endsAt?: string;
};
export type Step = {
  readonly atMs: number;
  readonly alerts: readonly (Omit<Posted, 'endsAt'> & { readonly resolved: boolean })[];
};

/** Between two steps. Groups tick 300 ms after a step and every second from then on, so never close to one. */
export const stepMs = 500;

const known = [
  { alertname: 'PoolExhausted', severity: 'page', team: 'db', cluster: 'c1', instance: 'pg-1' },
  { alertname: 'PoolExhausted', severity: 'page', team: 'db', cluster: 'c1', instance: 'pg-2' },
  { alertname: 'DatabaseDown', severity: 'page', cluster: 'c1', instance: 'pg-1' },
  { alertname: 'SlowQueries', severity: 'warning', cluster: 'c1', instance: 'pg-1', team: 'storage' },
  { alertname: 'SlowQueries', severity: 'warning', cluster: 'c2', instance: 'pg-3' },
  { alertname: 'Chatty', severity: 'info', cluster: 'c1', instance: 'pg-2' },
  { alertname: 'HighErrors', severity: 'warning', job: 'shop', instance: 'a', service: 'web', env: 'staging' },
  { alertname: 'HighLatency', severity: 'warning', instance: 'b', service: 'web', env: 'st' },
  { alertname: 'HighLatency', severity: 'warning', job: 'shop', instance: 'c', team: 'web', cluster: 'c3' },
  { alertname: 'SilencedOne', severity: 'warning', cluster: 'c7' },
  { alertname: 'Nightly', severity: 'page', cluster: 'c4' },
  { alertname: 'Daily', cluster: 'c4', instance: 'x' },
  { alertname: 'Daily', cluster: 'c4', instance: 'y' },
] as const;

export const alertStream = (seed: number, steps: number): readonly Step[] => {
  let state = seed;
  const chance = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const firing = new Set<number>();
  return Array.from({ length: steps }, (_, step) => ({
    atMs: step * stepMs,
    alerts: Array.from({ length: 1 + Math.floor(chance() * 3) }, () => Math.floor(chance() * known.length))
      .filter((index, i, all) => all.indexOf(index) === i)
      .map((index) => {
        const resolved = firing.has(index) && chance() < 0.6;
        if (resolved) firing.delete(index);
        else firing.add(index);
        const labels = known[index]!;
        const annotations = {
          summary: `${labels.alertname} <fires> & "more"`,
          runbook_url: 'http://runbooks.example/x',
        };
        return { labels, annotations, generatorURL: 'http://prometheus:9090/graph?g0.expr=x', resolved };
      }),
  }));
};
