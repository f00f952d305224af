/**
 * The stand-ins beside their originals: a real Prometheus and our own scrape a real postgres_exporter and our own, all of
 * them on one real PostgreSQL that is really broken. Both servers have to agree on what went pending, fired and ended,
 * and when, within one scrape and one evaluation.
 *
 *     node test/peers/prometheus.ts FOLDER     with prometheus and prometheus-postgres-exporter in it
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPostgres } from '../../src/embedded/postgres/postgres.ts';
import { freePort } from '../../src/embedded/free-port.ts';
import { startPostgresExporter } from '../../src/embedded/postgres-exporter/postgres-exporter.ts';
import { startOriginalPrometheus } from '../../src/embedded/prometheus/original.ts';
import { startPrometheus } from '../../src/embedded/prometheus/prometheus.ts';
import { labelsOf, showLabels } from '../../src/promql/labels.ts';
import { minutes, seconds } from '../../src/units.ts';
import { differences, episodesOf, type Episode } from './episodes.ts';
import { breakDatabase } from './faults.ts';
import { alertSink, type SentAlert } from './sink.ts';

const [, , binaries] = process.argv;
if (binaries === undefined || !existsSync(join(binaries, 'prometheus'))) {
  process.stderr.write(
    'usage: node test/peers/prometheus.ts FOLDER (with prometheus and prometheus-postgres-exporter)\n',
  );
  process.exit(2);
}

const intervalMs = 500;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

await using scope = new AsyncDisposableStack();
const folder = mkdtempSync(join(tmpdir(), 'gd-peers-'));
scope.defer(() => rmSync(folder, { recursive: true, force: true }));
const postgres = scope.use(
  await openPostgres({
    ...{ folder, logFile: join(folder, 'postgres.log') },
    settings: { max_connections: '30', superuser_reserved_connections: '3', reserved_connections: '3' },
  }),
);
const faults = await breakDatabase(postgres);
const connectionString = `postgresql://monitor:look@127.0.0.1:${postgres.port}/postgres?sslmode=disable`;
const listen = { host: '127.0.0.1', port: 0 };

const ours = await startPostgresExporter({ connectionString, listen });
scope.defer(() => ours.close());
const theirsAt = `127.0.0.1:${await freePort()}`;
const theirs = spawn(join(binaries, 'prometheus-postgres-exporter'), [`--web.listen-address=${theirsAt}`], {
  env: { DATA_SOURCE_NAME: connectionString },
  stdio: 'ignore',
});
scope.defer(async () => {
  if (theirs.exitCode !== null) return;
  theirs.kill();
  await once(theirs, 'exit');
});

const configFile = join(folder, 'team.yml');
writeFileSync(
  configFile,
  `global: { scrape_interval: ${intervalMs}ms, scrape_timeout: ${intervalMs}ms, evaluation_interval: ${intervalMs}ms }
rule_files: ['${resolve(import.meta.dirname, 'rules.yml')}']
alerting: { alertmanagers: [{ static_configs: [{ targets: ['alertmanager:9093'] }] }] }
scrape_configs:
  - { job_name: ours, static_configs: [{ targets: ['ours:9187'] }] }
  - { job_name: theirs, static_configs: [{ targets: ['theirs:9187'] }] }
`,
);
const sinks = { original: await alertSink(), standIn: await alertSink() };
for (const sink of Object.values(sinks)) scope.defer(() => sink.close());
const common = { configFile, listen, lookbackMs: minutes(5) };
const hostsWith = (sink: string): Record<string, string> => ({
  ...{ 'ours:9187': new URL(ours.url).host, 'theirs:9187': theirsAt, 'alertmanager:9093': sink },
});
const original = await startOriginalPrometheus({
  ...{ ...common, binary: join(binaries, 'prometheus'), folder: join(folder, 'original') },
  ...{ logFile: join(folder, 'original.log'), readyWithinMs: seconds(30) },
  hosts: hostsWith(sinks.original.address),
});
scope.defer(() => original.close());
const standIn = await startPrometheus({ ...common, hosts: hostsWith(sinks.standIn.address) });
scope.defer(() => standIn.close());

// What the original evaluates before its first scrape, the stand-in has no chance to see.
await sleep(3_000);
const sinceMs = Date.now();
for (const [name, fault] of Object.entries(faults)) {
  say(`fault: ${name}`);
  await fault();
  await sleep(4_000);
}

const [a, b] = (await Promise.all([original.url, standIn.url].map((url) => episodesOf(url, intervalMs)))).map(
  (episodes) => episodes.filter(({ fromMs }) => fromMs > sinceMs),
) as [Episode[], Episode[]];
const toleranceMs = 2 * intervalMs;
const servers = differences(a, b, toleranceMs);
for (const { words, apartMs } of servers) say(`${apartMs <= toleranceMs ? ' ' : '✖'} ${words}`);

/** What an Alertmanager is told of alerts that lasted, without what depends on when and where. */
const lasted = new Set(
  a.filter((each) => each.toMs - each.fromMs > toleranceMs).map(({ alert, job }) => `${alert} ${job}`),
);
const told = (alerts: readonly SentAlert[]): readonly string[] => [
  ...new Set(
    alerts
      .filter(({ labels }) => lasted.has(`${labels['alertname']} ${labels['job']}`))
      .map(({ labels, generatorURL }) => {
        const path = generatorURL.replace(/^.*(?=\/graph)/, '');
        return `${showLabels(labelsOf(Object.entries(labels)))} ${path}`;
      }),
  ),
];
const [toldByOriginal, toldByStandIn] = [told(sinks.original.received), told(sinks.standIn.received)];
const untold = [
  ...toldByOriginal.filter((alert) => !toldByStandIn.includes(alert)),
  ...toldByStandIn.filter((alert) => !toldByOriginal.includes(alert)),
];
for (const alert of untold) say(`✖ only one of them told its Alertmanager: ${alert}`);

// Two exporters are asked at different moments and ask different things: said, not judged.
const chain = (episodes: readonly Episode[], job: string): readonly Episode[] =>
  episodes.filter((each) => each.job === job).map((each) => ({ ...each, job: '' }));
for (const { words, apartMs } of differences(chain(a, 'theirs'), chain(b, 'ours'), toleranceMs))
  if (apartMs > toleranceMs) say(`  with the exporters exchanged, too: ${words}`);

const apart = servers.filter(({ apartMs }) => apartMs > toleranceMs).length + untold.length;
const most = Math.max(0, ...servers.map(({ apartMs }) => apartMs).filter(Number.isFinite));
say(`${servers.length} transitions compared, ${apart} disagree; at most ${most} ms apart of ${toleranceMs} allowed`);
process.exitCode = apart === 0 && servers.length > 20 ? 0 : 1;
