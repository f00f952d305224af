/**
 * The Prometheus stand-in beside the real server, in the same run on the same data.
 *
 *     npm run bench -- prometheus [PROMETHEUS]
 *
 * PROMETHEUS is the program of a real server; without it only the stand-in is measured. Figures: processor time of a
 * scrape of 10,000 series; time of one evaluation of a group of 500 rules over them; resident memory afterwards; and, at
 * intervals of 100 ms, from a threshold crossed at the target to the alert at the Alertmanager. Medians, and their ratio
 * to the original's. Linux only, since times and memory of a process are read from /proc.
 */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { startOriginalPrometheus } from '../src/embedded/prometheus/original.ts';
import { startProgram } from '../src/program.ts';
import { minutes, seconds } from '../src/units.ts';
import { ruleGroup, startTarget } from './prometheus/target.ts';

const [, , binary] = process.argv;
const folder = mkdtempSync(join(tmpdir(), 'gd-bench-'));
const target = await startTarget();

type Server = { readonly url: string; readonly pid: number; readonly stop: () => Promise<void> };
type Kind = 'standIn' | 'original';
const kinds: readonly Kind[] = binary === undefined ? ['standIn'] : ['standIn', 'original'];

const start = async (
  kind: Kind,
  name: string,
  files: { config: string; rules: string },
  alertmanager: string,
): Promise<Server> => {
  const own = join(folder, `${name}-${kind}`);
  mkdirSync(own);
  writeFileSync(join(own, 'rules.yml'), files.rules);
  const configFile = join(own, 'team.yml');
  writeFileSync(configFile, files.config);
  const hosts = { 'target:80': target.address, 'alertmanager:9093': alertmanager };
  const options = { configFile, hosts, listen: { host: '127.0.0.1', port: 0 }, lookbackMs: minutes(5) };
  if (kind === 'original') {
    const logged = { logFile: join(own, 'log'), readyWithinMs: seconds(30) };
    const server = await startOriginalPrometheus({ ...options, binary: binary!, folder: join(own, 'data'), ...logged });
    return { url: server.url, pid: pidOf(`${binary}\0--config.file=${join(own, 'data')}`), stop: server.close };
  }
  const program = join(import.meta.dirname, 'prometheus/stand-in.js');
  const child = await startProgram<string>({
    ...{ name: 'stand-in', program, config: options, folder: own, logFile: join(own, 'log') },
    readyWithinMs: seconds(30),
  });
  return { url: child.ready, pid: child.pid, stop: () => child.stop() };
};

const pidOf = (commandLine: string): number => {
  const found = readdirSync('/proc').find((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(commandLine);
    } catch {
      return false; // it has ended meanwhile
    }
  });
  return Number(found);
};

const configOf = (
  every: string,
  path: string,
): string => `global: { scrape_interval: ${every}, evaluation_interval: ${every} }
rule_files: [rules.yml]
alerting: { alertmanagers: [{ static_configs: [{ targets: ['alertmanager:9093'] }] }] }
scrape_configs: [{ job_name: bench, metrics_path: ${path}, static_configs: [{ targets: ['target:80'] }] }]
`;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** Milliseconds of processor time since the process was started. */
const processorMs = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

const residentMb = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_000;

const data = async (url: string, path: string): Promise<unknown> =>
  ((await (await fetch(url + path)).json()) as { data: unknown }).data;

/** Where in an interval a server scrapes and evaluates is a matter of its start: so it is started anew, again and again. */
const startsCount = 5;

const crossings = async (kind: Kind): Promise<number> => {
  let told: (() => void) | undefined;
  const alertmanager = createServer((request, response) => {
    void json(request).then((alerts) => {
      if ((alerts as { endsAt: string }[]).some(({ endsAt }) => Date.parse(endsAt) > Date.now())) told?.();
      return response.writeHead(200).end();
    });
  });
  await once(alertmanager.listen(0, '127.0.0.1'), 'listening');
  const rules = 'groups: [{ name: g, rules: [{ alert: Crossed, expr: switch > 0 }] }]\n';
  const files = { config: configOf('100ms', '/switch'), rules };
  const address = `127.0.0.1:${(alertmanager.address() as AddressInfo).port}`;
  const delays: number[] = [];
  let server: Server | undefined;
  for (let round = 0; round < startsCount * 8; round++) {
    if (round % 8 === 0) {
      await server?.stop();
      server = await start(kind, `crossing-${round}`, files, address);
    }
    // Not in step with anybody's interval.
    await sleep(700 + round * 13);
    const { promise, resolve } = Promise.withResolvers<void>();
    told = resolve;
    const crossedAt = performance.now();
    target.turn(true);
    await promise;
    delays.push(performance.now() - crossedAt);
    target.turn(false);
  }
  await server?.stop();
  alertmanager.close().closeAllConnections();
  return median(delays);
};

const ingest = async (kind: Kind): Promise<number> => {
  const server = await start(
    kind,
    'ingest',
    { config: configOf('1s', '/metrics'), rules: 'groups: []\n' },
    '127.0.0.1:1',
  );
  await sleep(5_000);
  const before = { ms: processorMs(server.pid), scrapes: await scrapesOf(server) };
  await sleep(20_000);
  const scrapes = (await scrapesOf(server)) - before.scrapes;
  const perScrape = (processorMs(server.pid) - before.ms) / scrapes;
  await server.stop();
  return perScrape;
};

const scrapesOf = async ({ url }: Server): Promise<number> => {
  const found = (await data(url, '/api/v1/query?query=count_over_time(up[5m])')) as {
    result: { value: [number, string] }[];
  };
  return Number(found.result[0]?.value[1]);
};

const evaluation = async (kind: Kind): Promise<{ evaluationMs: number; residentMb: number }> => {
  const server = await start(kind, 'rules', { config: configOf('1s', '/metrics'), rules: ruleGroup() }, '127.0.0.1:1');
  await sleep(35_000); // until the windows are full
  const times: number[] = [];
  for (let round = 0; round < 15; round++) {
    await sleep(1_000);
    const { groups } = (await data(server.url, '/api/v1/rules')) as {
      groups: { evaluationTime: number; rules: { health: string }[] }[];
    };
    if (groups[0]?.rules.some(({ health }) => health !== 'ok')) throw new Error(`${kind}: a rule cannot be evaluated`);
    times.push((groups[0]?.evaluationTime ?? NaN) * 1_000);
  }
  const resident = residentMb(server.pid);
  await server.stop();
  return { evaluationMs: median(times), residentMb: resident };
};

const figures: Record<string, Partial<Record<Kind, number>>> = {
  crossingMs: {},
  ingestMs: {},
  evaluationMs: {},
  residentMb: {},
};
for (const kind of kinds) {
  figures['crossingMs']![kind] = await crossings(kind);
  figures['ingestMs']![kind] = await ingest(kind);
  const { evaluationMs, residentMb: resident } = await evaluation(kind);
  figures['evaluationMs']![kind] = evaluationMs;
  figures['residentMb']![kind] = resident;
}
target.close();
rmSync(folder, { recursive: true });

const allowed = { crossingMs: 1, ingestMs: null, evaluationMs: 2, residentMb: 1 } as const;
const rounded = (value: number | undefined): number | null =>
  value === undefined ? null : Number(value.toPrecision(3));
const report = Object.fromEntries(
  Object.entries(figures).map(([name, { standIn, original }]) => [
    name,
    {
      ...{ standIn: rounded(standIn), original: rounded(original) },
      ratio: original === undefined || standIn === undefined ? null : rounded(standIn / original),
      allowed: allowed[name as keyof typeof allowed],
    },
  ]),
);
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
