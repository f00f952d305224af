/**
 * The monitoring of an embedded environment as one process: exporter, Alertmanager and Prometheus, started in the order
 * in which they need each other and stopped in reverse.
 */
import { runProgram } from '../../program.ts';
import { startAlertmanager } from '../alertmanager/alertmanager.ts';
import { startPostgresExporter } from '../postgres-exporter/postgres-exporter.ts';
import { startPrometheus } from '../prometheus/prometheus.ts';
import type { MonitoringConfig, MonitoringReady } from './config.ts';

const hostOf = (url: string): string => new URL(url).host;

await runProgram<MonitoringConfig>(async ({ config }) => {
  const exporter = await startPostgresExporter(config.exporter);
  const alertmanager = await startAlertmanager(config.alertmanager);
  const hosts = {
    ...config.prometheus.hosts,
    'postgres-exporter:9187': hostOf(exporter.url),
    'alertmanager:9093': hostOf(alertmanager.url),
  };
  const prometheus = await startPrometheus({ ...config.prometheus, hosts });
  const ready: MonitoringReady = {
    prometheusUrl: prometheus.url,
    alertmanagerUrl: alertmanager.url,
    exporterUrl: exporter.url,
  };
  return {
    ready,
    // Prometheus first: it writes down its last samples, and what it scrapes and tells is still there.
    close: async () => {
      await prometheus.close();
      await alertmanager.close();
      await exporter.close();
    },
  };
});
