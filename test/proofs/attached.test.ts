/**
 * A whole run against servers that are not ours: a PostgreSQL and a Toxiproxy that were there before and are there
 * afterwards. What was printed before is compared with what their own logs say, and what they looked like with what they look like.
 */
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../src/embedded/free-port.ts';
import type { MonitoringConfig, MonitoringReady } from '../../src/embedded/monitoring/config.ts';
import { openStaging, passwords, type Staging } from '../../src/environments/staging.fixture.ts';
import { programPath, startProgram } from '../../src/program.ts';
import { seconds } from '../../src/units.ts';
import {
  edit,
  gameday,
  leftBy,
  proven,
  runsOf,
  scratchProject,
  untilNothing,
  type Gameday,
} from '../gameday.fixture.ts';

let staging: Staging;
beforeAll(async () => {
  staging = await openStaging();
  await staging.mark();
});
afterAll(async () => await staging?.close());

const experiment = (fault: string, tolerance: string): string => `version: 1
title: On servers of our own
summary: What is broken there is not there afterwards.
service:
  instances: 1
  pool: { max: 2, acquireTimeout: 300ms, idleTimeout: 1s }
load: { arrivals: constant, rate: 10/s }
steadyState:
  - { name: the servers are well, sql: "${tolerance}" }
faults:
  - { at: 0s, ${fault} }
expect: {}
truth:
  components: [database]
  causes: [database/somebody-else]
  severity: SEV-3
  healed:
    - { sql: "${tolerance}" }
`;

/** A project with these experiments and `gameday.yaml`. */
const project = (): string => {
  const folder = scratchProject();
  rmSync(join(folder, 'experiments'), { recursive: true });
  mkdirSync(join(folder, 'experiments'));
  const few = "select count(*) < 10 from pg_stat_activity where usename = 'reporting'";
  writeFileSync(join(folder, 'experiments/held.yaml'), experiment('hold-connections: { count: 16 }', few));
  const up = 'select not pg_is_in_recovery()';
  writeFileSync(join(folder, 'experiments/slow.yaml'), experiment('add-latency: { delay: 2s }', up));
  writeFileSync(join(folder, 'gameday.yaml'), staging.settings());
  return folder;
};

/** The servers as anybody can see them, without what comes and goes. */
const seen = async () => {
  const [server] = await staging.sql(`select
    (select json_agg(s order by name) from (select name, setting, source from pg_settings where source <> 'session'
      and name not in ('application_name', 'transaction_read_only')) s) as settings,
    (select json_agg(r order by rolname) from pg_roles r) as roles,
    (select json_agg(d order by datname) from (select datname, datconnlimit, shobj_description(oid, 'pg_database') from pg_database) d) as databases,
    (select json_agg(l) from pg_locks l where locktype = 'advisory') as locks,
    (select json_agg(gid) from pg_prepared_xacts) as prepared,
    (select json_agg(application_name) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend') as sessions`);
  return { server, proxies: await (await fetch(`${staging.toxiproxy.url}/proxies`)).json() };
};

const journalOf = (folder: string): string =>
  runsOf(folder)
    .map((run) => readFileSync(join(folder, '.gameday/runs', run, 'journal.jsonl'), 'utf8'))
    .join('');

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

/** With what it said, so that a failure shows why. */
const ended = async (run: Gameday) => ({ code: await run.exited, said: run.stdout() + run.stderr() });

const secret = new RegExp(Object.values(passwords).join('|'));

describe.each(['slow', 'held'])('a verification of "%s" on staging', (name) => {
  test('passes, leaves the servers as they were, and writes no password anywhere', async () => {
    const folder = project();
    const before = await seen();
    const run = await proven(folder, 'verify', name, '--env', 'staging', staging.env);
    expect(await ended(run)).toMatchObject({ code: 0 });
    expect(run.stdout()).toContain(`in      staging (127.0.0.1:${staging.server.port}/shop), PostgreSQL 17.10`);
    expect(run.stdout()).toContain(`fault 1-${name === 'slow' ? 'add-latency' : 'hold-connections'}`);
    expect(run.stdout()).toContain('injected, undone and seen restored');
    expect(await seen()).toEqual(before);
    expect(textsOf(folder) + run.stdout() + run.stderr()).not.toMatch(secret);
    expect(await untilNothing(() => runsOf(folder).flatMap(leftBy))).toEqual([]);
  });

  test('runs no statement that was not printed before', async () => {
    const folder = project();
    const check = gameday(folder, 'env', 'check', 'staging', '--experiment', name, '--json', staging.env);
    expect(await check.exited).toBe(0);
    const { environment } = JSON.parse(check.stdout()) as {
      environment: { experiments: { acts: { as: string; what: string }[] }[]; asked: string[] };
    };
    const plain = (text: string): string =>
      text
        .replaceAll(/\s+/g, ' ')
        .replaceAll(/'nightly-report [^']*'|\$\d+/g, 'X')
        .replace(/= '[^']*'$/, '= X')
        .replace(/^(set \w+ = )\d+$/, '$1N')
        .trim()
        .toLowerCase();
    const acts = environment.experiments.flatMap((each) =>
      each.acts.map(({ what }) => what.replace(/ \(gameday canary.*$/, '')),
    );
    const printed = new Set([...acts, ...environment.asked, 'BEGIN READ ONLY'].map(plain));
    const since = readFileSync(staging.logFile, 'utf8').length;
    await proven(folder, 'verify', name, '--env', 'staging', staging.env);
    const ran = [
      ...readFileSync(staging.logFile, 'utf8')
        .slice(since)
        .matchAll(/^(?:gameday|nightly-report).*\| LOG:\s+(?:statement|execute <unnamed>): (.*(?:\n\t.*)*)/gm),
    ].map(([, statement = '']) => plain(statement));
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
  expect(await ended(run)).toMatchObject({ code: 0 });
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
  expect(await ended(recover)).toMatchObject({ code: 0 });
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
