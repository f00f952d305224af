/** What the monitoring program is started with. */

type Listen = { readonly host: string; readonly port: number };
/** Where the names in monitoring files lead to: `pager:9095` → `127.0.0.1:12345`. */
type Hosts = Readonly<Record<string, string>>;

export type MonitoringConfig = {
  readonly prometheus: {
    readonly configFile: string;
    readonly listen: Listen;
    /** `postgres-exporter:9187` and `alertmanager:9093` are added to these. */
    readonly hosts: Hosts;
    readonly samplesFile: string;
    readonly lookbackMs: number;
  };
  readonly alertmanager: { readonly configFile: string; readonly listen: Listen; readonly hosts: Hosts };
  readonly exporter: { readonly connectionString: string; readonly listen: Listen };
};

/** What it says when it is ready. */
export type MonitoringReady = {
  readonly prometheusUrl: string;
  readonly alertmanagerUrl: string;
  readonly exporterUrl: string;
};
