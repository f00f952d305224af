/**
 * A whole run against servers that are not ours: a PostgreSQL and a Toxiproxy that were there before and are there
 * afterwards. What was printed before is compared with what their own logs say, and what they looked like with what they look like.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../src/embedded/free-port.ts';
import type { MonitoringConfig, MonitoringReady } from '../../src/embedded/monitoring/config.ts';
import { openStaging, passwords, type Staging } from '../../src/environments/attached/staging.fixture.ts';
import { programPath, startProgram } from '../../src/program.ts';
import { seconds } from '../../src/units.ts';
import { edit, gameday, leftBy, proven, runsOf, untilNothing } from '../gameday.fixture.ts';
import {
  endOf,
  journalOf,
  printedFor,
  ranSince,
  seenOf,
  stagingExperiment,
  stagingProject,
} from '../staging-project.fixture.ts';

let staging: Staging;
beforeAll(async () => {
  staging = await openStaging();
  await staging.mark();
});
afterAll(async () => await staging?.close());

/** A project with both experiments and `gameday.yaml`. */
const project = (): string => {
  const few = "select count(*) < 10 from pg_stat_activity where usename = 'reporting'";
  const experiments = {
    held: stagingExperiment('hold-connections: { count: 16 }', few),
    slow: stagingExperiment('add-latency: { delay: 2s }', 'select not pg_is_in_recovery()'),
  };
  return stagingProject(experiments, staging.settings());
};

const seen = () => seenOf(staging);

/** Everything that a run has left in its folder. */
const textsOf = (folder: string): string => {
  const [run = ''] = runsOf(folder);
  const names = ['journal.jsonl', 'undo.log', 'summary.json', 'watchdog.log'];
  return names
    .map((name) => {
      try {
        return readFileSync(join(folder, '.gameday/runs', run, name), 'utf8');
      } catch {
        return '';
      }
    })
    .join('');
};

const secret = new RegExp(Object.values(passwords).join('|'));

describe.each(['slow', 'held'])('a verification of "%s" on staging', (name) => {
  test('passes, leaves the servers as they were, and writes no password anywhere', async () => {
    const folder = project();
    const before = await seen();
    const run = await proven(folder, 'verify', name, '--env', 'staging', staging.env);
    expect(await endOf(run)).toMatchObject({ code: 0 });
    expect(run.stdout()).toContain(`in      staging (127.0.0.1:${staging.server.port}/shop), PostgreSQL 17.10`);
    expect(run.stdout()).toContain(`fault 1-${name === 'slow' ? 'add-latency' : 'hold-connections'}`);
    expect(run.stdout()).toContain('injected, undone and seen restored');
    expect(await seen()).toEqual(before);
    expect(textsOf(folder) + run.stdout() + run.stderr()).not.toMatch(secret);
    expect(await untilNothing(() => runsOf(folder).flatMap(leftBy))).toEqual([]);
  });

  test('runs no statement that was not printed before', async () => {
    const folder = project();
    const printed = await printedFor(folder, name, staging);
    const since = readFileSync(staging.logFile, 'utf8').length;
    await proven(folder, 'verify', name, '--env', 'staging', staging.env);
    const ran = ranSince(staging, since);
    expect(ran.length).toBeGreaterThan(10);
    expect([...new Set(ran)].filter((statement) => !printed.has(statement))).toEqual([]);
  });
});

test('alerts of the team are waited for at their own speed, and reach the run over a port that Alertmanager knows', async () => {
  const folder = project();
  const pagerPort = await freePort();
  const monitoring = await teamsMonitoring(folder, pagerPort);
  onTestFinished(monitoring.stop);
  edit(
    folder,
    'gameday.yaml',
    '    allow:',
    `    prometheus: { url: '${monitoring.prometheusUrl}' }
    alertmanager: { url: '${monitoring.alertmanagerUrl}', pagerPort: ${pagerPort} }
    allow:`,
  );
  const alerts = '{ alerts: [{ name: NeighbourHoldsSlots, within: 1m, receiver: pager }] }';
  edit(folder, 'experiments/held.yaml', 'expect: {}', `expect: ${alerts}`);
  const run = await proven(folder, 'verify', 'held', '--env', 'staging', staging.env);
  expect(await endOf(run)).toMatchObject({ code: 0 });
  expect(run.stdout()).toMatch(/✔ pass +NeighbourHoldsSlots/);
});

/** Stands for the team's Prometheus and Alertmanager: the files of the project, in real time. */
const teamsMonitoring = async (folder: string, pagerPort: number) => {
  const files = join(folder, 'monitoring');
  writeFileSync(
    join(files, 'alerts.yml'),
    `groups:
  - name: database
    rules:
      - alert: NeighbourHoldsSlots
        expr: sum(pg_stat_activity_count{usename="reporting"}) > 10
        for: 1s
        labels: { severity: page }
`,
  );
  edit(folder, 'monitoring/prometheus.yml', /scrape_interval: 5s/, 'scrape_interval: 1s');
  edit(folder, 'monitoring/prometheus.yml', /scrape_timeout: 5s/, 'scrape_timeout: 1s');
  edit(folder, 'monitoring/prometheus.yml', /evaluation_interval: 5s/, 'evaluation_interval: 1s');
  edit(folder, 'monitoring/alertmanager.yml', /group_wait: 5s/, 'group_wait: 1s');
  const listen = { host: '127.0.0.1', port: 0 };
  const hosts = { 'pager:9095': `127.0.0.1:${pagerPort}` };
  const config: MonitoringConfig = {
    prometheus: {
      ...{ configFile: join(files, 'prometheus.yml'), listen, hosts },
      ...{ samplesFile: join(folder, 'samples.jsonl'), lookbackMs: 300_000 },
    },
    alertmanager: { configFile: join(files, 'alertmanager.yml'), listen, hosts },
    exporter: { connectionString: staging.server.operatorUrl, listen },
  };
  const child = await startProgram<MonitoringReady>({
    ...{ name: 'monitoring', config, folder, logFile: join(folder, 'monitoring.log'), readyWithinMs: seconds(20) },
    program: programPath('../../src/embedded/monitoring/main.ts', import.meta.url),
  });
  return { ...child.ready, stop: () => child.stop() };
};

test('killed with its watchdog, it is undone by "gameday recover" and by no other command; meanwhile it expires by itself', async () => {
  const folder = project();
  edit(folder, 'gameday.yaml', 'duration: 10m', 'duration: 20m');
  const before = await seen();
  const run = gameday(folder, 'verify', 'slow', '--env', 'staging', staging.env);
  await run.shows('fault injected');
  const [runId = ''] = runsOf(folder);
  const owner = JSON.parse(readFileSync(join(folder, '.gameday/runs', runId, 'owner.json'), 'utf8')) as {
    watchdog: { pid: number };
  };
  process.kill(owner.watchdog.pid, 'SIGKILL');
  run.child.kill('SIGKILL');
  await run.exited;
  const [proxy] = Object.values((await seen()).proxies as Record<string, { toxics: { ttl?: number }[] }>);
  expect(proxy?.toxics.map(({ ttl = 0 }) => ttl > 0)).toEqual([true, true]);
  const other = gameday(folder, 'verify', 'slow', '--env', 'staging', staging.env);
  expect(await other.exited).toBe(5);
  expect(other.stderr()).toContain('a fault may still be active: add-latency');
  expect(runsOf(folder)).toEqual([runId]);
  const recover = gameday(folder, 'recover', staging.env);
  expect(await endOf(recover)).toMatchObject({ code: 0 });
  expect(journalOf(folder)).toContain('"by":"operator"');
  await expect.poll(seen, { timeout: 5_000 }).toEqual(before);
});

test('killed alone, it is undone by its watchdog, which has no password on disk', async () => {
  const folder = project();
  const before = await seen();
  const run = gameday(folder, 'verify', 'held', '--env', 'staging', staging.env);
  await run.shows('fault injected');
  run.child.kill('SIGKILL');
  await run.exited;
  await expect.poll(() => journalOf(folder), { timeout: 10_000 }).toContain('"by":"watchdog"');
  await expect.poll(seen, { timeout: 5_000 }).toEqual(before);
  expect(textsOf(folder)).not.toMatch(secret);
});

test('two runs at one server: the second is refused, and nothing of it begins', async () => {
  const folder = project();
  const first = gameday(folder, 'verify', 'held', '--env', 'staging', staging.env);
  await first.shows('phase warm-up');
  const elsewhere = project();
  appendFileSync(join(elsewhere, 'gameday.yaml'), '\n');
  const second = gameday(elsewhere, 'verify', 'slow', '--env', 'staging', staging.env);
  expect(await second.exited).toBe(6);
  expect(second.stderr()).toContain('error: another run is going on at this server');
  expect(runsOf(elsewhere)).toEqual([]);
  await first.exited;
});
