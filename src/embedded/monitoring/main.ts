/**
 * The monitoring of an embedded environment as one process: exporter, Alertmanager and Prometheus, started in the order
 * in which they need each other and stopped in reverse.
 */
import { runProgram } from '../../program.ts';
import { startAlertmanager, type Alertmanager } from '../alertmanager/alertmanager.ts';
import { startPostgresExporter } from '../postgres-exporter/postgres-exporter.ts';
import { startPrometheus } from '../prometheus/prometheus.ts';
import type { WouldSend } from '../alertmanager/would-send.ts';
import { hostsIn, type MonitoringConfig, type MonitoringMessage, type MonitoringReady } from './config.ts';

const alertmanagerOf = async (
  config: MonitoringConfig['alertmanager'],
  onWouldSend: (notification: WouldSend) => void,
): Promise<Alertmanager> =>
  'url' in config ? { url: config.url, close: async () => {} } : startAlertmanager({ ...config, onWouldSend });

await runProgram<MonitoringConfig>(async ({ config, send }) => {
  const exporter = await startPostgresExporter(config.exporter);
  const alertmanager = await alertmanagerOf(config.alertmanager, (wouldSend) =>
    send({ wouldSend } satisfies MonitoringMessage),
  );
  const others = { alertmanagerUrl: alertmanager.url, exporterUrl: exporter.url };
  const prometheus =
    config.prometheus === null
      ? null
      : await startPrometheus({ ...config.prometheus, hosts: { ...config.prometheus.hosts, ...hostsIn(others) } });
  const ready: MonitoringReady = { prometheusUrl: prometheus?.url ?? null, ...others };
  return {
    ready,
    // Prometheus first: it writes down its last samples, and what it scrapes and tells is still there.
    close: async () => {
      await prometheus?.close();
      await alertmanager.close();
      await exporter.close();
    },
  };
});
