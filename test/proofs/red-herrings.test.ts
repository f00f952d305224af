/** What only looks like the cause: really there, for whoever looks, and nothing that anything may be concluded from. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { edit, gameday, runsOf, scratchProject, type Report } from '../gameday.fixture.ts';

const outage = 'experiments/web-stack-outage.yaml';
const robots = ['203.0.113.10', '203.0.113.11', '203.0.113.12'];

/** The flagship with all of its red herrings from `at` on; as it stands they come when `verify` is nearly over. */
const project = (at: string): string => {
  const folder = scratchProject();
  edit(folder, outage, 'at: 20s, for: 8m', `at: ${at}, for: 8m`);
  edit(folder, outage, 'at: 30s, for: 10m', `at: ${at}, for: 10m`);
  edit(folder, outage, 'at: 1m, for: 10m', `at: ${at}, for: 10m`);
  return folder;
};

type Labels = Readonly<Record<string, string>>;
/** A line of `samples.jsonl`, as far as it is read here. */
type Scrape = {
  readonly target: string;
  readonly new?: Readonly<Record<string, Labels>>;
  readonly set: readonly (readonly (number | string)[])[];
};

const verify = async (folder: string) => {
  const run = gameday(folder, 'verify', 'web-stack-outage', '--json');
  const code = await run.exited;
  const evidence = join(folder, '.gameday/runs', runsOf(folder)[0] ?? '');
  const linesOf = (file: string): readonly string[] => readFileSync(join(evidence, file), 'utf8').trim().split('\n');
  const access = readdirSync(join(evidence, 'fault')).filter((file) => file.startsWith('access-'));
  return {
    code,
    run: (JSON.parse(run.stdout()) as Report).runs[0],
    events: linesOf('journal.jsonl').map((line) => JSON.parse(line) as Record<string, unknown>),
    accesses: access.flatMap((file) => linesOf(`fault/${file}`)),
    samples: linesOf('fault/samples.jsonl').map((line) => JSON.parse(line) as Scrape),
  };
};

type Verified = Awaited<ReturnType<typeof verify>>;

/** Addresses by how often they are in the access logs, the most frequent first; the replica's own scrapes are left out. */
const topAddresses = ({ accesses }: Verified): readonly string[] => {
  const counts = new Map<string, number>();
  for (const line of accesses) {
    const address = line.slice(0, line.indexOf(' '));
    if (!address.startsWith('127.')) counts.set(address, (counts.get(address) ?? 0) + 1);
  }
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([address]) => address);
};

/** What the monitoring scraped of the thumbnail workers, by instance and in order; a value that did not change is not repeated. */
const busyRatios = ({ samples }: Verified): readonly (readonly number[])[] => {
  const series = new Map<string, number[]>();
  for (const { target, new: born = {}, set } of samples) {
    for (const [id, labels] of Object.entries(born))
      if (labels['__name__'] === 'shop_worker_busy_ratio') series.set(`${target} ${id}`, []);
    for (const [id, value] of set) series.get(`${target} ${id}`)?.push(Number(value));
  }
  return [...series.values()];
};

test('while the runbook heals, none of them changes a verdict, and each is there for who looks', async () => {
  const verified = await verify(project('4s'));
  expect(verified.run?.checks.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
  expect(verified.run?.runbook?.verdict).toBe('fixed');
  expect(verified.code).toBe(0);
  expect(topAddresses(verified).slice(0, 3).toSorted()).toEqual(robots);
  expect(verified.accesses.filter((line) => line.includes('"POST /pictures HTTP/1.1" 202')).length).toBeGreaterThan(5);
});

test('without a fault that hurts, none of them pages and no buyer notices; the busy worker is measured', async () => {
  const folder = project('0s');
  edit(folder, outage, 'lower-connection-limit: { max_connections: 20 }', 'add-latency: { delay: 1ms }');
  const verified = await verify(folder);
  expect(verified.code).not.toBe(0); // nothing was broken, so nothing was proven
  const events = (type: string) => verified.events.filter((event) => event['type'] === type);
  expect(events('alert.fired').filter(({ labels }) => (labels as Labels)['severity'] === 'page')).toEqual([]);
  expect(events('alert.delivered').filter(({ receiver }) => receiver === 'pager')).toEqual([]);
  expect(events('load.measured').filter(({ buyersFailed }) => buyersFailed !== 0)).toEqual([]);
  expect(topAddresses(verified).slice(0, 3).toSorted()).toEqual(robots);
  const workers = busyRatios(verified);
  expect(workers.map(([first]) => first)).toEqual([0, 0]);
  for (const ratios of workers) expect(Math.max(...ratios)).toBeGreaterThan(0.9);
});
