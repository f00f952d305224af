import { expect, test } from 'vitest';
import { GamedayError } from '../../errors.ts';
import { readConfig } from './config.ts';

const problems = (text: string): readonly string[] => {
  try {
    readConfig('/team/prometheus.yml', text);
    return [];
  } catch (error) {
    return error instanceof GamedayError
      ? error.problems.map(({ message, at }) => `${at?.line}:${at?.column} ${message}`)
      : [String(error)];
  }
};

test('a configuration is read with the defaults of the original', () => {
  const config = readConfig(
    '/team/prometheus.yml',
    `global: { scrape_interval: 167ms, evaluation_interval: 1s, external_labels: { region: eu } }
rule_files: [rules/shop.yml]
scrape_configs:
  - job_name: shop
    static_configs: [{ targets: ['shop-1:8080'], labels: { env: replica } }]
alerting:
  alertmanagers:
    - static_configs: [{ targets: ['alertmanager:9093'] }]
`,
  );
  expect(config).toMatchObject({
    evaluationIntervalMs: 1_000,
    ruleFiles: ['/team/rules/shop.yml'],
    scrapes: [
      { job: 'shop', intervalMs: 167, timeoutMs: 167, scheme: 'http', metricsPath: '/metrics', honorLabels: false },
    ],
    alertmanagers: [{ url: 'http://alertmanager:9093/api/v2/alerts', timeoutMs: 10_000 }],
  });
});

test('what this stand-in does not do is refused by name, all of it at once', () => {
  expect(
    problems(`remote_write: []
scrape_configs:
  - job_name: shop
    relabel_configs: []
    dns_sd_configs: []
    scrape_interval: 1s
    scrape_timeout: 2s
`),
  ).toEqual([
    '1:1 remote_write is not supported',
    '4:5 scrape_configs[0].relabel_configs is not supported',
    '5:5 scrape_configs[0].dns_sd_configs is not supported',
    '3:5 scrape_configs[0]: scrape_timeout must not be longer than scrape_interval',
  ]);
});
