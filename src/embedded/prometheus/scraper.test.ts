import { expect, test } from 'vitest';
import { noLabels } from '../../promql/labels.ts';
import { matcherOf } from '../../promql/matchers.ts';
import { minutes } from '../../units.ts';
import { readConfig } from './config.ts';
import { Target } from './scraper.ts';
import { SeriesStore } from './store.ts';

const config = readConfig(
  'prometheus.yml',
  'scrape_configs: [{ job_name: shop, static_configs: [{ targets: ["shop-1:8080"] }] }]\n',
).scrapes[0]!;

test('a series that moves on after its time has stood still for the whole retention is seen again', async () => {
  let nowMs = 1_719_000_000_000;
  let body = '';
  const store = new SeriesStore(minutes(15));
  const send = async () => ({ status: 200, contentType: 'text/plain', body: Buffer.from(body) });
  const client = { send, close: () => {} };
  const target = new Target({ config, address: 'shop-1:8080', labels: noLabels, store, client, nowMs: () => nowMs });
  const scrape = async (text: string): Promise<readonly number[]> => {
    body = text;
    const stopping = new AbortController();
    const running = target.run(stopping.signal);
    await expect.poll(() => target.state.lastScrapeMs).toBe(nowMs);
    stopping.abort();
    await running;
    const [found] = store.select([matcherOf('__name__', '=', 'backup_size')]);
    return found === undefined ? [] : Array.from({ length: found.length }, (_, index) => found.values[index]!);
  };
  expect(await scrape(`backup_size 1 ${nowMs}\n`)).toEqual([1]);
  nowMs += minutes(16);
  store.prune(nowMs);
  expect(await scrape(`backup_size 2 ${nowMs}\n`)).toEqual([2]);
});
