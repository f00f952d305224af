/**
 * What the fault proxy costs and how exact it is, each figure beside its target.
 *
 *     npm run bench -- toxiproxy [ROUNDS]
 *
 * Echo server, load and proxy are processes of their own. Throughput is a ratio: in every round (5 unless given) the same
 * job runs straight to the echo server and through the proxy, and the median over the rounds counts, because absolute
 * figures change with the machine's mood. On a busy one even ratios suffer, since a proxy waits for its turn twice as
 * often; so a bare pipe runs in every round as well, to show what could be had at the time. Memory is PSS, as in
 * `bench/verify.ts`: Node's own pages count once for all its processes. Linux only, since it is read from /proc.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ToxiproxyConfig, ToxiproxyReady } from '../src/embedded/toxiproxy/config.ts';

const rounds = Number(process.argv[2] ?? 5);
const folder = mkdtempSync(join(tmpdir(), 'gd-bench-'));

type Helper = { readonly pid: number; readonly first: unknown; readonly end: () => Promise<void> };

/**
 * A program of this benchmark, the proxy included, and the first line it prints. `end` lets it go and waits for it. All are
 * of one session: Linux divides the processor by session first, which would count for or against one that has its own.
 */
const start = async (program: string, ...args: readonly (string | number)[]): Promise<Helper> => {
  const path = join(import.meta.dirname, 'toxiproxy', program);
  const child = spawn(process.execPath, [path, ...args.map(String)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const end = async (): Promise<void> => {
    const ended = child.exitCode === null ? once(child, 'exit') : undefined;
    child.stdin.end();
    await ended;
  };
  return { pid: child.pid ?? 0, first: JSON.parse(line), end };
};

const job = async (name: string, port: number, number = 0): Promise<unknown> => {
  const { first, end } = await start('load.ts', name, port, number);
  await end();
  return first;
};

const echo = await start('echo.ts');
type Server = 'echo' | 'sink' | 'source';
const servers = echo.first as Readonly<Record<Server, number>>;
const pipe = await start('pipe.ts', ...Object.values(servers));
const piped = (server: Server): number =>
  (pipe.first as readonly number[])[Object.keys(servers).indexOf(server)] ?? Number.NaN;

const configFile = join(folder, 'config.json');
const config: ToxiproxyConfig = {
  host: '127.0.0.1',
  port: 0,
  proxies: Object.entries(servers).map(([name, port]) => ({
    name,
    listen: '127.0.0.1:0',
    upstream: `127.0.0.1:${port}`,
  })),
};
writeFileSync(configFile, JSON.stringify(config));
const proxy = await start('../../dist/embedded/toxiproxy/main.js', configFile);
const { ready } = proxy.first as { readonly ready: ToxiproxyReady };
const proxied = (server: Server): number =>
  Number(
    ready.proxies
      .find(({ name }) => name === server)
      ?.listen.split(':')
      .at(-1),
  );

const withToxic = async (server: Server, toxic: object, act: () => Promise<unknown>): Promise<unknown> => {
  const toxics = `${ready.url}/proxies/${server}/toxics`;
  const added = await fetch(toxics, { method: 'POST', body: JSON.stringify({ ...toxic, name: 'bench' }) });
  if (!added.ok) throw new Error(await added.text());
  const measured = await act();
  await fetch(`${toxics}/bench`, { method: 'DELETE' });
  return measured;
};

const memoryMb = (kind: 'Pss' | 'Rss'): number => {
  const rollup = readFileSync(`/proc/${proxy.pid}/smaps_rollup`, 'utf8');
  return (Number(new RegExp(`^${kind}:\\s+(\\d+)`, 'm').exec(rollup)?.[1]) * 1_024) / 1_000_000;
};

/** How far the proxy's memory rises above what it is now while `act` runs: RSS, which other processes do not change. */
const riseMb = async (act: () => Promise<unknown>): Promise<number> => {
  const before = memoryMb('Rss');
  let peak = before;
  const sampling = setInterval(() => void (peak = Math.max(peak, memoryMb('Rss'))), 20);
  await act();
  clearInterval(sampling);
  return peak - before;
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? NaN;
const rounded = (value: number): number => Number(value.toPrecision(3));

type Figure = { readonly value: number; readonly target: number; readonly met: boolean; readonly runs?: object };
const atLeast = (value: number, target: number, runs: object): Figure => ({
  value: rounded(value),
  target,
  met: value >= target,
  runs,
});
const atMost = (value: number, target: number): Figure => ({ value: rounded(value), target, met: value <= target });

const ratio = async (name: string, server: Server, target: number, number = 0): Promise<Figure> => {
  const direct: number[] = [];
  const ratios = { proxied: [] as number[], piped: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    const whole = Number(await job(name, servers[server], number));
    direct.push(whole);
    ratios.proxied.push(rounded(Number(await job(name, proxied(server), number)) / whole));
    ratios.piped.push(rounded(Number(await job(name, piped(server), number)) / whole));
  }
  return atLeast(median(ratios.proxied), target, {
    pipe: median(ratios.piped),
    direct: rounded(median(direct)),
    ratios,
  });
};

const figures: Record<string, Figure> = {};
try {
  // Memory first, while the proxy is as fresh as in a run.
  const idle = await start('load.ts', 'hold', proxied('echo'), 1_000);
  await sleep(500);
  figures['idle1000ConnectionsMb'] = atMost(memoryMb('Pss'), 60);
  await idle.end();
  figures['stalledReaderRiseMb'] = atMost(await riseMb(() => job('stall', proxied('source'))), 32);

  figures['bulkRatio'] = await ratio('bulk', 'sink', 0.28, 1);
  figures['pingPongRatio'] = await ratio('trips', 'echo', 0.6, 1);
  figures['pingPong64Ratio'] = await ratio('trips', 'echo', 0.42, 64);
  figures['connectionsRatio'] = await ratio('connections', 'echo', 0.42);

  // What a trip takes without the delay is no error of the delay.
  const delayMs = 50;
  type Trip = { readonly p50: number; readonly p99: number };
  const paced = (port: number): Promise<Trip> => job('paced', port) as Promise<Trip>;
  const trips = { direct: await paced(servers.echo), pipe: await paced(piped('echo')) };
  const delay = { type: 'latency', attributes: { latency: delayMs } };
  const delayed = (await withToxic('echo', delay, () => paced(proxied('echo')))) as Trip;
  for (const [name, of, target] of [
    ['latencyErrorP50Ms', 'p50', 1.2],
    ['latencyErrorP99Ms', 'p99', 3],
  ] as const)
    figures[name] = {
      ...atMost(delayed[of] - delayMs - trips.direct[of], target),
      runs: { direct: rounded(trips.direct[of]), pipe: rounded(trips.pipe[of]) },
    };
  for (const rate of [100, 10_000]) {
    const throttle = { type: 'bandwidth', attributes: { rate } };
    const arrived = await withToxic('source', throttle, () => job('rate', proxied('source')));
    figures[`bandwidth${rate}ErrorPercent`] = atMost(Math.abs(Number(arrived) / rate - 1) * 100, 3);
  }
} finally {
  await proxy.end();
  await pipe.end();
  await echo.end();
  rmSync(folder, { recursive: true });
}
process.stdout.write(`${JSON.stringify({ bench: 'toxiproxy', rounds, figures }, null, 2)}\n`);
