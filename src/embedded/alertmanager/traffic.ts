/** `/metrics`: the few figures by which people watch an Alertmanager. */
import type { Engine } from './engine.ts';
import type { SilenceStore } from './silences.ts';
import { silenceState } from './silences.ts';
import type { AlertStore } from './alerts.ts';

/** What has happened so far, by integration and by status. */
export type Traffic = {
  readonly received: Record<'firing' | 'resolved', number>;
  invalid: number;
  readonly sent: Map<string, number>;
  readonly failed: Map<string, number>;
};

export const noTraffic = (): Traffic => ({
  received: { firing: 0, resolved: 0 },
  invalid: 0,
  sent: new Map(),
  failed: new Map(),
});

export const count = (counters: Map<string, number>, name: string): void =>
  void counters.set(name, (counters.get(name) ?? 0) + 1);

export type Watched = {
  readonly engine: Engine;
  readonly alerts: AlertStore;
  readonly silences: SilenceStore;
  readonly traffic: Traffic;
  readonly version: string;
  readonly isReloaded: boolean;
  readonly nowMs: number;
};

/** In the text format of Prometheus. */
export const metrics = ({ engine, alerts, silences, traffic, version, isReloaded, nowMs }: Watched): string => {
  const mutingOf = engine.muting();
  const states = alerts.firing(nowMs).map(({ labels }) => {
    const { inhibitedBy, silencedBy } = mutingOf(labels);
    return inhibitedBy.length + silencedBy.length > 0 ? 'suppressed' : 'active';
  });
  const of = (counters: ReadonlyMap<string, number>): Record<string, number> =>
    Object.fromEntries([...counters].map(([name, value]) => [`integration="${name}"`, value]));
  const silencesIn = (state: string): number =>
    silences.all().filter((silence) => silenceState(silence, nowMs) === state).length;
  return [
    family('alertmanager_build_info', 'gauge', { [`version="${version}"`]: 1 }),
    family('alertmanager_alerts', 'gauge', {
      'state="active"': states.filter((state) => state === 'active').length,
      'state="suppressed"': states.filter((state) => state === 'suppressed').length,
    }),
    family('alertmanager_alerts_received_total', 'counter', {
      'status="firing",version="v2"': traffic.received.firing,
      'status="resolved",version="v2"': traffic.received.resolved,
    }),
    family('alertmanager_alerts_invalid_total', 'counter', { 'version="v2"': traffic.invalid }),
    family('alertmanager_notifications_total', 'counter', of(traffic.sent)),
    family('alertmanager_notifications_failed_total', 'counter', of(traffic.failed)),
    family('alertmanager_silences', 'gauge', {
      'state="active"': silencesIn('active'),
      'state="pending"': silencesIn('pending'),
      'state="expired"': silencesIn('expired'),
    }),
    family('alertmanager_dispatcher_aggregation_groups', 'gauge', { '': engine.groups().length }),
    family('alertmanager_config_last_reload_successful', 'gauge', { '': Number(isReloaded) }),
  ].join('');
};

const family = (name: string, type: string, samples: Readonly<Record<string, number>>): string =>
  `# TYPE ${name} ${type}\n${Object.entries(samples)
    .map(([labels, value]) => `${name}${labels === '' ? '' : `{${labels}}`} ${value}\n`)
    .join('')}`;
