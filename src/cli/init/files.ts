/** What `gameday init` writes, as text: small enough to be read before it is believed. */
import { stringify } from 'yaml';
import { replicaSettings } from '../../environments/replica-settings.ts';
import { monitoringNames } from '../project/monitoring-names.ts';
import type { Answers } from './answers.ts';

export type NewFile = { readonly file: string; readonly text: string };

export const experimentName = 'connections-held';
const runbookFile = 'runbooks/DatabaseConnectionsHogged.md';
/** The name of the service's database and role in the replica. */
const database = 'app';
/** The operator's own session and the exporter's, which are open before. */
const slotsTaken = 2;
/** All that are left besides the reserved ones: with how few connections a service gets along is not known here. */
const slots =
  Number(replicaSettings.max_connections) -
  Number(replicaSettings.superuser_reserved_connections) -
  Number(replicaSettings.reserved_connections) -
  slotsTaken;

const failing = 'sum(rate(load_requests_total{outcome="failed"}[30s])) / sum(rate(load_requests_total[30s]))';

export const newFiles = (answers: Answers): readonly NewFile[] => [
  { file: 'gameday.yaml', text: settings(answers) },
  { file: `experiments/${experimentName}.yaml`, text: experiment(answers) },
  { file: runbookFile, text: runbook },
  { file: monitoringNames.rules, text: rules },
  { file: monitoringNames.prometheus, text: prometheus(answers) },
  { file: monitoringNames.alertmanager, text: alertmanager },
  { file: '.github/workflows/gameday.yml', text: workflow(answers) },
  { file: '.gameday/.gitignore', text: '*\n' },
];

const settings = ({ command, image, databaseUrlEnv, portEnv, health, metrics, setup, routes }: Answers): string => `\
# What is drilled here. Its database is a replica that lives as long as a run; nothing else is ever touched.
${stringify(
  {
    version: 1,
    // Only there can an image run.
    ...(command === null ? { environment: 'containers' } : {}),
    service: {
      ...(command === null ? {} : { command }),
      ...(image === null ? {} : { image }),
      env: { [databaseUrlEnv]: '${gameday.databaseUrl}', [portEnv]: '${gameday.port}' },
      health: health === null ? { tcp: true } : { path: health },
      ...(metrics === null ? {} : { metrics }),
      ...(setup.length === 0 ? {} : { database: { setup: setup.map((sql) => ({ sql })) } }),
      traffic: {
        rate: '20/s',
        routes: routes.map(({ method, path, body }) => ({ [method]: path, ...(body === undefined ? {} : { body }) })),
      },
    },
  },
  { lineWidth: 0 },
)}`;

const experiment = ({ metrics }: Answers): string => `\
# A neighbour on the same server holds every slot that is not reserved. The service's logins are refused, and nobody changed
# a setting.
version: 1
title: Refused at the door
summary: Most requests fail, and the service was not deployed today.

steadyState:
  - name: requests succeed
    promql: '${failing}'
    below: 0.01
  - name: requests are quick
    promql: 'histogram_quantile(0.95, sum by (le) (rate(load_request_duration_seconds_bucket[30s])))'
    below: 1

faults:
  - { at: 0s, hold-connections: { count: ${slots} } }

expect:
  alerts:
    - { name: DatabaseConnectionsHogged, labels: { severity: page }, within: 3m, receiver: pager, resolvesWithin: 5m }
    - { name: RequestsFailing, labels: { severity: page }, within: 3m, receiver: pager, resolvesWithin: 5m }
  runbook: { alert: DatabaseConnectionsHogged, verdict: fixed, within: 10m }
${metrics === null ? '' : `abort:\n  - { name: the service is gone, promql: 'min(up{job="service"})', below: 1, for: 20s }\n`}
truth: # never shown to responders, never readable by runbooks
  components: [database]
  causes: [database/slots-held-by-neighbour]
  severity: SEV-2
  healed:
    - name: the neighbour keeps to a few sessions
      sql: select count(*) <= 10 from pg_stat_activity where usename = 'reporting'
  mayChange: [reporting]
drill:
  speed: 3
  timeScale: 5
  limit: 20m
  distractors: [database/lock-contention, network/ddos, service/connection-leak]
`;

const rules = `\
# Ordinary Prometheus rules. load_… is what the requests of the traffic meet, pg_… comes from postgres_exporter.
groups:
  - name: service
    rules:
      - alert: RequestsFailing
        expr: ${failing} > 0.05
        for: 30s
        labels: { severity: page }
        annotations:
          summary: '{{ $value | humanizePercentage }} of the requests fail'
          runbook_url: ${runbookFile}
  - name: database
    rules:
      - alert: DatabaseConnectionsHogged
        expr: |
          sum by (usename) (pg_stat_activity_count{usename!~"|${database}|postgres"})
            / on () group_left () max(pg_settings_max_connections) > 0.4
        for: 30s
        keep_firing_for: 1m # an exhausted server may keep the exporter waiting
        labels: { severity: page }
        annotations:
          summary: 'role {{ $labels.usename }} alone holds {{ $value | humanizePercentage }} of all connections'
          runbook_url: ${runbookFile}
`;

const prometheus = ({ metrics }: Answers): string => `\
# Names, not addresses: gameday knows where service, load, postgres-exporter and alertmanager are in a run.
global:
  scrape_interval: 5s
  scrape_timeout: 5s
  evaluation_interval: 5s
rule_files:
  - alerts.yml
alerting:
  alertmanagers:
    - static_configs:
        - targets: ['alertmanager:9093']
scrape_configs:
  - job_name: load # what the requests meet, as the load generator sees it
    static_configs:
      - targets: ['load:8080']
  - job_name: postgres
    static_configs:
      - targets: ['postgres-exporter:9187']
${
  metrics === null
    ? ''
    : `  - job_name: service
    metrics_path: ${JSON.stringify(metrics)}
    static_configs:
      - targets: ['service:8080']
`
}`;

const alertmanager = `\
route:
  receiver: pager
  group_by: [alertname]
  group_wait: 5s
  group_interval: 15s
  repeat_interval: 4h
receivers:
  - name: pager
    webhook_configs:
      - url: http://pager:9095/
        send_resolved: true
`;

const fence = '```';

const runbook = `\
---
title: DatabaseConnectionsHogged
gameday:
  version: 1
  alerts: [DatabaseConnectionsHogged, RequestsFailing]
  within: 10m
  connections:
    dba: { role: oncall_dba, via: direct }
---
# DatabaseConnectionsHogged

## Meaning

One role besides the service holds a large share of all connections; the alert's label \`usename\` says which. In the replica
it is \`reporting\`.

## Impact

The service's logins are refused as soon as the rest is used up. A restart only hands the neighbour what the service still had.

## Diagnosis

Who holds what, and is it working or idle?

${fence}sql {"name":"who-holds-them","on":"dba"}
select usename, application_name, state, count(*) as sessions from pg_stat_activity
where backend_type = 'client backend' group by 1, 2, 3 order by sessions desc
${fence}

Is it the reporting job? Nothing below is right for anybody else.

${fence}sql {"expect":"value > 20","name":"reporting-sessions","on":"dba"}
select count(*) from pg_stat_activity where usename = 'reporting'
${fence}

## Mitigation

First the limit, then the sessions: the job logs in again as fast as it is thrown out. One session is enough for
it to go on; all others are the service's.

${fence}sql {"danger":"write","name":"limit-the-job","on":"dba","undo":"unlimit-the-job"}
alter role reporting connection limit 1
${fence}

${fence}sql {"confirm":"yes","danger":"write","name":"end-its-idle-sessions","on":"dba","undo":"none"}
select count(pg_terminate_backend(pid)) from pg_stat_activity
where usename = 'reporting' and state = 'idle' and pid <> pg_backend_pid()
${fence}

## Verification

${fence}sql {"every":"500ms","name":"the-job-keeps-to-its-limit","on":"dba","timeout":"20s","until":"value <= 1"}
select count(*) from pg_stat_activity where usename = 'reporting'
${fence}

${fence}promql {"every":"500ms","name":"requests-succeed","timeout":"30s","until":"value < 0.01"}
${failing}
${fence}

## Rollback

${fence}sql {"danger":"write","excludeFromRunAll":"true","name":"unlimit-the-job","on":"dba"}
alter role reporting connection limit -1
${fence}

## Escalation

Call the database administrator, and tell the owners of the reporting job in any case.
`;

const workflow = ({ command, image }: Answers): string => `\
# Every week, and whenever alerts, runbooks or experiments change: does the page still come, does its runbook still heal?
# gameday is one of the devDependencies.
name: game day
on:
  schedule: [{ cron: '17 5 * * 1' }]
  pull_request: { paths: [gameday.yaml, 'experiments/**', 'monitoring/**', 'runbooks/**'] }
jobs:
  verify:
    runs-on: ubuntu-latest
    timeout-minutes: 20
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 24 }
      - run: npm ci
${command === null ? `      - run: docker build -t ${image} .\n` : ''}      - run: npx --no-install gameday verify --proof full --junit gameday.xml
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: gameday
          include-hidden-files: true
          path: |
            gameday.xml
            .gameday/runs
`;
