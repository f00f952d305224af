/** What the team's own files say of an alert, asked of the code that routes and reads rules, so that nobody has to guess. */
import { readRuleFile } from '../../documents/rule-file.ts';
import { readConfig as readAlertmanager } from '../../embedded/alertmanager/config.ts';
import type { Integration } from '../../embedded/alertmanager/receiver-config.ts';
import { groupKey, groupLabels, routesFor, routeTree } from '../../embedded/alertmanager/routes.ts';
import { versions } from '../../embedded/alertmanager/version.ts';
import { readConfig as readPrometheus } from '../../embedded/prometheus/config.ts';
import type { MonitoringFiles } from '../../plan/monitoring-files.ts';
import type { AlertingFiles } from '../../run/alert-examination-rule.ts';
import { monitoringNames } from './monitoring-names.ts';

/** @param files The servers' own as they run, marked and at the run's speed; the rules as they are written. */
export const alertingFiles = (files: MonitoringFiles): AlertingFiles => {
  const { route, receivers } = readAlertmanager(monitoringNames.alertmanager, files.alertmanager);
  const root = routeTree(route, versions['0.33']);
  const { externalLabels } = readPrometheus(monitoringNames.prometheus, files.prometheus);
  const rules = readRuleFile({ file: monitoringNames.rules, text: files.rules });
  const written = rules.ok ? rules.value.groups.flatMap((group) => group.rules) : [];
  return {
    rulesOf: (alert) => written.filter((rule) => 'alert' in rule && rule.alert === alert),
    routesOf: (own) => {
      const labels = { ...Object.fromEntries(externalLabels), ...own };
      return routesFor(root, labels).map((each) => ({
        receiver: each.receiver,
        by: receivers.find(({ name }) => name === each.receiver)?.integrations.map(integrationWords) ?? [],
        group: groupKey(each, groupLabels(each, labels)),
        groupWaitMs: each.groupWaitMs,
        groupIntervalMs: each.groupIntervalMs,
      }));
    },
  };
};

/** Of an address only the host: the rest of it may be a secret. */
const integrationWords = (integration: Integration): string => {
  if (integration.kind !== 'webhook' && integration.kind !== 'pagerduty') return integration.kind;
  const url =
    typeof integration.url === 'string' ? integration.url : 'text' in integration.url ? integration.url.text : '';
  const host = URL.parse(url)?.host ?? '';
  return host === '' ? integration.kind : `${integration.kind} to ${host}`;
};
