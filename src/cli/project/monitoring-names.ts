/** What a project calls the team's monitoring files. */
export const monitoringNames = {
  rules: 'monitoring/alerts.yml',
  prometheus: 'monitoring/prometheus.yml',
  alertmanager: 'monitoring/alertmanager.yml',
} as const;

export const monitoringFiles = Object.values(monitoringNames);
