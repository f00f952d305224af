import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SamplesFile } from '../../embedded/prometheus/samples-file.ts';
import { named, SeriesStore } from '../../embedded/prometheus/store.ts';
import { noLabels } from '../../promql/labels.ts';
import { ms } from '../../units.ts';
import { sampleRun, without } from '../../verdicts/journal.fixture.ts';
import { backtest } from './backtest.ts';

const rules = (expr: string, wait: string, more = ''): string => `groups:
  - name: shop
    rules:
      - { alert: ShopErrorRateHigh, expr: '${expr}', for: ${wait}, labels: { severity: page } }
      - { alert: DatabaseConnectionsRefused, expr: refused > 0.5, for: 30s, labels: { severity: page } }${more}
`;
const ofThen = rules('failed > 0.05', '30s');

/** The samples of 30 s at 6 scrapes a second; both metrics are bad from T+8.2 s on, soon after the fault of the story. */
const record = async (): Promise<void> => {
  const startedMs = Date.parse('2026-11-22T10:00:00.000Z');
  const store = new SeriesStore(ms(60_000));
  const [failed, refused] = ['failed', 'refused'].map((name) => store.seriesOf(named(name, noLabels)));
  const file = new SamplesFile(join(folder, 'fault/samples.jsonl'));
  for (let atMs = 0; atMs < 30_000; atMs += 167) {
    const bad = atMs > 8_200;
    const samples = [
      { series: failed!, value: bad ? 0.4 : 0 },
      { series: refused!, value: bad ? 3 : 0 },
    ];
    file.write(startedMs + atMs, 'shop/shop-1:8080', samples, []);
  }
  await file.close();
};

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'backtest-'));
  mkdirSync(join(folder, 'fault'));
  mkdirSync(join(folder, 'documents/monitoring'), { recursive: true });
  cpSync(resolve('monitoring/prometheus.yml'), join(folder, 'documents/monitoring/prometheus.yml'));
  writeFileSync(join(folder, 'documents/monitoring/alerts.yml'), ofThen);
  await record();
});
afterEach(() => rmSync(folder, { recursive: true }));

/** `alert then → now, in words`, in the team's time: 11 s of it pass from the fault to the first evaluation that sees it. */
const compared = (text: string): readonly string[] =>
  backtest(folder, sampleRun(), { file: 'new.yml', text }).alerts.map(({ alert, thenMs, nowMs, change, broken }) => {
    const shown = (delayMs: number | null): string =>
      delayMs === null ? 'silent' : `${Math.round(delayMs / 1_000)} s`;
    return `${alert} ${shown(thenMs)} → ${shown(nowMs)}, ${change}${broken ? ', broken' : ''}`;
  });

const refused = 'DatabaseConnectionsRefused 42 s → 42 s, as before';

test('the same rules do what they did', () => {
  expect(compared(ofThen)).toEqual(['ShopErrorRateHigh 42 s → 42 s, as before', refused]);
});

test.each([
  ['a longer wait comes later', 'failed > 0.05', '90s', '42 s → 102 s, later'],
  ['a shorter wait comes earlier', 'failed > 0.05', '0s', '42 s → 11 s, earlier'],
  ['a wait past the bound breaks the expectation', 'failed > 0.05', '3m', '42 s → 192 s, later, broken'],
  ['a threshold that was not reached is silent', 'failed > 0.5', '30s', '42 s → silent, silent, broken'],
  ['a metric that was not there is silent', 'faild > 0.05', '30s', '42 s → silent, silent, broken'],
])('%s', (_, expr, wait, words) => {
  expect(compared(rules(expr, wait))).toEqual([`ShopErrorRateHigh ${words}`, refused]);
});

test('an alert with other labels than the expected ones is silent', () => {
  expect(compared(ofThen.replace('severity: page', 'severity: ticket'))[0]).toBe(
    'ShopErrorRateHigh 42 s → silent, silent, broken',
  );
});

test('a new alert that fires is new, and one that nobody expects may go', () => {
  const extra = `\n      - { alert: Extra, expr: failed > 0 }`;
  expect(compared(rules('failed > 0.05', '30s', extra))).toContain('Extra silent → 11 s, new');
  writeFileSync(join(folder, 'documents/monitoring/alerts.yml'), rules('failed > 0.05', '30s', extra));
  expect(compared(ofThen)).toContain('Extra 11 s → silent, silent');
});

test('a rule that is not comparable is named with the reason', () => {
  const { notes } = backtest(folder, sampleRun(), { file: 'new.yml', text: rules('increase(failed[1m]) > 0', '0s') });
  expect(notes).toEqual([
    'ShopErrorRateHigh runs in real time: increase counts over a window, and a shorter window holds less',
  ]);
});

test('rules that are wrong are told with their own file and place', () => {
  const wrong = { file: 'new.yml', text: rules('rate(failed)', '1m') };
  expect(() => backtest(folder, sampleRun(), wrong)).toThrow(
    expect.objectContaining({
      code: 'DOCUMENT_INVALID',
      problems: [expect.objectContaining({ at: expect.objectContaining({ file: 'new.yml', line: 4 }) })],
    }),
  );
});

test('a run without a fault, or without samples, cannot be compared', () => {
  const calm = sampleRun({ entries: without('fault.injected') });
  expect(() => backtest(folder, calm, { file: 'new.yml', text: ofThen })).toThrow('no fault was injected in');
  rmSync(join(folder, 'fault'), { recursive: true });
  expect(() => backtest(folder, sampleRun(), { file: 'new.yml', text: ofThen })).toThrow('the run kept no samples');
});
