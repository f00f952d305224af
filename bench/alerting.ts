/**
 * From a threshold crossed at a target to the page at its receiver, through Prometheus and Alertmanager, at intervals of
 * 100 ms; and a thousand alerts in one group. The stand-ins beside the real pair, in the same run.
 *
 *     npm run bench -- alerting [FOLDER]
 *
 * FOLDER holds `prometheus` and `prometheus-alertmanager` (or `alertmanager`); without it only the stand-ins are measured.
 * Medians in milliseconds. Allowed: 200 ms from crossing to page, and no more than the real pair takes.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startOriginalAlertmanager } from '../src/embedded/alertmanager/original.ts';
import { startOriginalPrometheus } from '../src/embedded/prometheus/original.ts';
import { startProgram } from '../src/program.ts';
import { minutes, seconds } from '../src/units.ts';
import { alertmanagerIn } from '../test/peers/alertmanager-program.ts';
import { startReceivers, type Receivers } from '../test/receivers.fixture.ts';
import { startTarget } from './prometheus/target.ts';

const [, , given] = process.argv;
const folder = mkdtempSync(join(tmpdir(), 'gd-'));
const target = await startTarget();

type Kind = 'standIns' | 'originals';
type Server = { readonly url: string; readonly close: () => Promise<void> };
const kinds: readonly Kind[] = given === undefined ? ['standIns'] : ['standIns', 'originals'];
const alertmanagerProgram = given === undefined ? '' : alertmanagerIn(resolve(given), folder);
const readyWithinMs = seconds(30);
const listen = { host: '127.0.0.1', port: 0 };

const prometheusYml = `global: { scrape_interval: 100ms, evaluation_interval: 100ms }
rule_files: [rules.yml]
alerting: { alertmanagers: [{ static_configs: [{ targets: ['alertmanager:9093'] }] }] }
scrape_configs: [{ job_name: bench, metrics_path: /switch, static_configs: [{ targets: ['target:80'] }] }]
`;
const rulesYml = 'groups: [{ name: g, rules: [{ alert: Crossed, expr: switch > 0 }] }]\n';
const alertmanagerYml = `route: { receiver: pager, group_by: [alertname], group_wait: 0s, group_interval: 100ms }
receivers: [{ name: pager, webhook_configs: [{ url: 'http://pager:9095/' }] }]
`;

/** The stand-ins as they are built, each a program of its own: their time is nobody else's. */
const startStandIn = async (name: string, own: string, config: unknown): Promise<Server> => {
  const program = join(import.meta.dirname, `alerting/${name}.js`);
  const logFile = join(own, `${name}.log`);
  const child = await startProgram<string>({ name, program, config, folder: own, logFile, readyWithinMs });
  return { url: child.ready, close: () => child.stop() };
};

const startAlertmanager = (kind: Kind, own: string, pager: string): Promise<Server> => {
  const configFile = join(own, 'alertmanager.yml');
  writeFileSync(configFile, alertmanagerYml);
  const options = { configFile, listen, hosts: { 'pager:9095': pager } };
  if (kind === 'standIns') return startStandIn('alertmanager', own, options);
  const files = { binary: alertmanagerProgram, folder: join(own, 'am'), logFile: join(own, 'am.log'), readyWithinMs };
  return startOriginalAlertmanager({ ...options, ...files });
};

const startPrometheus = (kind: Kind, own: string, alertmanager: string): Promise<Server> => {
  const configFile = join(own, 'team.yml');
  writeFileSync(configFile, prometheusYml);
  writeFileSync(join(own, 'rules.yml'), rulesYml);
  const hosts = { 'target:80': target.address, 'alertmanager:9093': new URL(alertmanager).host };
  const options = { configFile, listen, hosts, lookbackMs: minutes(5) };
  if (kind === 'standIns') return startStandIn('prometheus', own, options);
  const binary = join(resolve(given!), 'prometheus');
  return startOriginalPrometheus({
    ...options,
    binary,
    folder: join(own, 'p'),
    logFile: join(own, 'p.log'),
    readyWithinMs,
  });
};

const homeOf = (kind: Kind, name: string): string => {
  const own = join(folder, `${kind}-${name}`);
  mkdirSync(own);
  return own;
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

const isOf =
  (status: string) =>
  (body: Readonly<Record<string, unknown>>): boolean =>
    body['status'] === status;

const nextOf = async (receivers: Receivers, isWanted: (body: Readonly<Record<string, unknown>>) => boolean) => {
  for (;;) {
    const received = await receivers.next();
    if (isWanted(received.body)) return received;
  }
};

/** Where in an interval a server scrapes and evaluates is a matter of its start: so the pair is started anew, again and again. */
const startsCount = 5;
const roundsEach = 8;

const crossings = async (kind: Kind): Promise<{ readonly crossingMs: number; readonly resolvedMs: number }> => {
  const [crossed, resolved]: [number[], number[]] = [[], []];
  for (let start = 0; start < startsCount; start++) {
    await using receivers = await startReceivers();
    const own = homeOf(kind, `crossing-${start}`);
    const alertmanager = await startAlertmanager(kind, own, receivers.address);
    const prometheus = await startPrometheus(kind, own, alertmanager.url);
    for (let round = 0; round < roundsEach; round++) {
      // Not in step with anybody's interval.
      await sleep(700 + (start * roundsEach + round) * 13);
      for (const [on, status, delays] of [
        [true, 'firing', crossed],
        [false, 'resolved', resolved],
      ] as const) {
        const told = nextOf(receivers, isOf(status));
        const turnedAt = performance.now();
        target.turn(on);
        await told;
        delays.push(performance.now() - turnedAt);
      }
    }
    await prometheus.close();
    await alertmanager.close();
  }
  return { crossingMs: median(crossed), resolvedMs: median(resolved) };
};

const alertsCount = 1_000;

const thousand = async (kind: Kind): Promise<{ readonly groupMs: number; readonly groupBytes: number }> => {
  await using receivers = await startReceivers();
  const alertmanager = await startAlertmanager(kind, homeOf(kind, 'thousand'), receivers.address);
  const delays: number[] = [];
  let bytes = 0;
  for (let round = 0; round < 9; round++) {
    const alerts = Array.from({ length: alertsCount }, (_, index) => ({
      labels: { alertname: `Many${round}`, instance: `shop-${index}:8080`, job: 'shop', severity: 'page' },
      annotations: { summary: `instance ${index} does not answer`, runbook_url: 'http://runbooks.example/many' },
      generatorURL: 'http://prometheus:9090/graph?g0.expr=up&g0.tab=1',
    }));
    const all = nextOf(receivers, ({ alerts: told }) => (told as readonly unknown[]).length === alertsCount);
    const postedAt = performance.now();
    const headers = { 'Content-Type': 'application/json' };
    await fetch(`${alertmanager.url}/api/v2/alerts`, { method: 'POST', headers, body: JSON.stringify(alerts) });
    bytes = (await all).bytes;
    delays.push(performance.now() - postedAt);
  }
  await alertmanager.close();
  return { groupMs: median(delays), groupBytes: bytes };
};

const figures: Record<string, Partial<Record<Kind, number>>> = {};
for (const kind of kinds)
  for (const [name, value] of Object.entries({ ...(await crossings(kind)), ...(await thousand(kind)) }))
    figures[name] = { ...figures[name], [kind]: value };
target.close();
rmSync(folder, { recursive: true });

const allowedMs: Readonly<Record<string, number>> = { crossingMs: 200 };
const rounded = (value: number | undefined): number | null =>
  value === undefined ? null : Number(value.toPrecision(3));
const report = Object.entries(figures).map(([name, { standIns, originals }]) => [
  name,
  {
    ...{ standIns: rounded(standIns), originals: rounded(originals) },
    ratio: standIns === undefined || originals === undefined ? null : rounded(standIns / originals),
    allowedMs: allowedMs[name] ?? null,
  },
]);
process.stdout.write(`${JSON.stringify(Object.fromEntries(report), null, 2)}\n`);
