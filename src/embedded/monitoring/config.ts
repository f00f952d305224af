/** What the monitoring program is started with. */
import type { WouldSend } from '../alertmanager/would-send.ts';
import type { DialectName } from '../postgres-exporter/dialect.ts';

type Listen = { readonly host: string; readonly port: number };
/** Where the names in monitoring files lead to: `pager:9095` → `127.0.0.1:12345`. */
type Hosts = Readonly<Record<string, string>>;

export type MonitoringConfig = {
  /** null: somebody else starts the original, with `hostsIn` what this program announces. */
  readonly prometheus: {
    readonly configFile: string;
    readonly listen: Listen;
    /** `postgres-exporter:9187` and `alertmanager:9093` are added to these. */
    readonly hosts: Hosts;
    readonly samplesFile: string;
    readonly lookbackMs: number;
    /** See `PrometheusOptions`. */
    readonly compat?: 2 | 3 | undefined;
  } | null;
  /** An address: the original serves there already. */
  readonly alertmanager:
    { readonly configFile: string; readonly listen: Listen; readonly hosts: Hosts } | { readonly url: string };
  /** `names`: by which the team's rules ask; those of postgres_exporter unless given. */
  readonly exporter: { readonly connectionString: string; readonly listen: Listen; readonly names?: DialectName };
};

/** A message while it runs: what an Alertmanager that is let out would have sent by Slack, mail or the like. */
export type MonitoringMessage = { readonly wouldSend: WouldSend };

/** What it says when it is ready. */
export type MonitoringReady = {
  /** null where the original takes its place. */
  readonly prometheusUrl: string | null;
  readonly alertmanagerUrl: string;
  readonly exporterUrl: string;
};

/** What a Prometheus has to know of the other two, under the names of the team's files. */
export const hostsIn = ({ exporterUrl, alertmanagerUrl }: Omit<MonitoringReady, 'prometheusUrl'>): Hosts => ({
  'postgres-exporter:9187': new URL(exporterUrl).host,
  'alertmanager:9093': new URL(alertmanagerUrl).host,
});
