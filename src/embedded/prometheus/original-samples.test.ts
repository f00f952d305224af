import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { labelsKey } from '../../promql/labels.ts';
import { keepSamples } from './original-samples.ts';
import { running, until } from './running.fixture.ts';
import { readSamples } from './samples-file.ts';

const config = `global: { scrape_interval: 50ms, scrape_timeout: 50ms, evaluation_interval: 50ms }
rule_files: [rules.yml]
scrape_configs: [{ job_name: shop, static_configs: [{ targets: ['shop-1:8080'] }] }]
`;
const rules = `groups:
  - name: g
    rules:
      - { record: 'job:x', expr: x }
      - { alert: High, expr: x > 0 }
`;

const folderForTest = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-samples-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
};

const linesOf = (file: string): readonly { readonly t: number }[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { t: number });

/** Every sample up to a moment by its series; what marks a series as gone is `stale`. */
const samplesUpTo = (file: string, toMs: number): ReadonlyMap<string, readonly string[]> =>
  new Map(
    [...readSamples(readFileSync(file, 'utf8')).store.select([])]
      .map((series): [string, string[]] => {
        const shown: string[] = [];
        for (let index = 0; index < series.length && series.times[index]! <= toMs; index++)
          shown.push(`${series.times[index]} ${series.stale[index] === 1 ? 'stale' : series.values[index]}`);
        return [labelsKey(series.labels), shown];
      })
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );

test('what is read back from a server is what was scraped: series that come and go, a target that fails, no rules', async () => {
  const folder = folderForTest();
  const written = join(folder, 'written.jsonl');
  const startedMs = Date.now() - 1;
  const { expose, values, url } = await running(
    { 'prometheus.yml': config, 'rules.yml': rules },
    { samplesFile: written },
  );
  await until(async () => expect(await values('x')).toEqual({ '': '1' }));
  expose('x 2\ny{of="z"} NaN\nw +Inf\n');
  await until(async () => expect(await values('w')).toEqual({ '': '+Inf' }));
  expose('x 3\n');
  await until(async () => expect(await values('w')).toEqual({}));
  expose('x 4\n', 'image/png');
  await until(async () => expect(await values('up')).toEqual({ '': '0' }));
  expose('x 5\n', 'text/plain');
  await until(async () => expect(await values('job:x')).toEqual({ '': '5' }));

  const toMs = Date.now();
  const readBack = join(folder, 'read-back.jsonl');
  await until(() => expect(linesOf(written).some(({ t }) => t > toMs)).toBe(true));
  await keepSamples(url, readBack, startedMs, toMs, AbortSignal.timeout(5_000));
  const expected = samplesUpTo(written, toMs);
  expect([...expected.values()].flat().filter((sample) => sample.endsWith('stale')).length).toBeGreaterThan(2);
  expect(samplesUpTo(readBack, toMs)).toEqual(expected);
  expect(linesOf(readBack)[0]).toEqual(linesOf(written)[0]);
});

test('a server that does not answer leaves no file that could be taken for a whole one', async () => {
  const file = join(folderForTest(), 'samples.jsonl');
  const keeping = keepSamples('http://127.0.0.1:9', file, 0, 1_000, AbortSignal.timeout(5_000));
  await expect(keeping).rejects.toThrow('fetch failed');
  expect(existsSync(file)).toBe(false);
});
