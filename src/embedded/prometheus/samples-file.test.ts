import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { labelsOf, showLabels } from '../../promql/labels.ts';
import { ms } from '../../units.ts';
import { readSamples, SamplesFile } from './samples-file.ts';
import { named, SeriesStore } from './store.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'samples-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const written = async (): Promise<string> => {
  const file = join(folder, 'samples.jsonl');
  const store = new SeriesStore(ms(60_000));
  const up = store.seriesOf(named('up', labelsOf([['instance', 'shop-1:8080']])));
  const used = store.seriesOf(named('used', labelsOf([['instance', 'shop-1:8080']])));
  const samples = new SamplesFile(file);
  samples.write(
    1_000,
    'shop/shop-1:8080',
    [
      { series: up, value: 1 },
      { series: used, value: NaN },
    ],
    [],
  );
  samples.write(
    2_000,
    'shop/shop-1:8080',
    [
      { series: up, value: 1 },
      { series: used, value: Infinity },
    ],
    [],
  );
  samples.write(3_000, 'shop/shop-1:8080', [{ series: up, value: 0 }], [used]);
  samples.write(
    4_000,
    'shop/shop-1:8080',
    [
      { series: up, value: 1 },
      { series: used, value: 5, timeMs: 3_500 },
    ],
    [],
  );
  await samples.close();
  return readFileSync(file, 'utf8');
};

test('a value that did not change is not written again', async () => {
  const lines = (await written()).split('\n');
  expect(lines[1]).toBe('{"t":2000,"target":"shop/shop-1:8080","set":[[1,"+Inf"]]}');
  expect(lines[2]).toBe('{"t":3000,"target":"shop/shop-1:8080","set":[[0,0]],"gone":[1]}');
});

test('all samples can be read back, staleness and own times included', async () => {
  const { store, fromMs, toMs } = readSamples(await written());
  expect([fromMs, toMs]).toEqual([1_000, 4_000]);
  const all = [...store.select([])].map(({ labels, times, values, stale, length }) => [
    showLabels(labels),
    ...Array.from({ length }, (_, i) => `${times[i]}: ${stale[i] ? 'stale' : values[i]}`),
  ]);
  expect(all).toEqual([
    ['up{instance="shop-1:8080"}', '1000: 1', '2000: 1', '3000: 0', '4000: 1'],
    ['used{instance="shop-1:8080"}', '1000: NaN', '2000: Infinity', '3000: stale', '3500: 5'],
  ]);
});

test('a last line that was cut off is left out', async () => {
  const text = await written();
  const [up] = [...readSamples(text.slice(0, -20)).store.select([])];
  expect(up?.length).toBe(3);
});
