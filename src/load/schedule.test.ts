import { expect, test } from 'vitest';
import type { LoadConfig } from './config.ts';
import { arrivalSchedule } from './schedule.ts';

type Given = Partial<Pick<LoadConfig, 'ratePerSecond' | 'arrivals' | 'spikes' | 'seed'>>;

const scheduleOf = (given: Given) =>
  arrivalSchedule({ ratePerSecond: 100, arrivals: 'poisson', spikes: [], seed: 7, ...given });

/** Every arrival before `untilMs`; the one after it is drawn and lost. */
const arrivalsUntil = (schedule: ReturnType<typeof scheduleOf>, untilMs: number): number[] => {
  const found: number[] = [];
  for (let atMs = schedule.next(); atMs < untilMs; atMs = schedule.next()) found.push(atMs);
  return found;
};

const countBetween = (arrivals: readonly number[], fromMs: number, toMs: number): number =>
  arrivals.filter((atMs) => atMs >= fromMs && atMs < toMs).length;

test('poisson arrivals have the rate that was asked for, and gaps whose spread equals their mean', () => {
  const arrivals = arrivalsUntil(scheduleOf({}), 100_000);
  const gaps = arrivals.map((atMs, i) => atMs - (arrivals[i - 1] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
  expect(arrivals.length).toBeGreaterThan(9_700); // 10 000 ± three standard deviations
  expect(arrivals.length).toBeLessThan(10_300);
  expect(deviation / mean).toBeCloseTo(1, 1);
  const longer = gaps.filter((gap) => gap > 20).length / gaps.length;
  expect(longer).toBeCloseTo(Math.exp(-2), 2); // two mean gaps or more without anybody
});

test('poisson counts per window scatter as much as they should: their variance equals their mean', () => {
  const arrivals = arrivalsUntil(scheduleOf({ seed: 3 }), 200_000);
  const counts = Array.from({ length: 400 }, (_, i) => countBetween(arrivals, i * 500, (i + 1) * 500));
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length;
  expect(variance / mean).toBeGreaterThan(0.8);
  expect(variance / mean).toBeLessThan(1.2);
});

test('the same seed gives the same arrivals, another seed others', () => {
  expect(arrivalsUntil(scheduleOf({ seed: 1 }), 2_000)).toEqual(arrivalsUntil(scheduleOf({ seed: 1 }), 2_000));
  expect(arrivalsUntil(scheduleOf({ seed: 1 }), 2_000)).not.toEqual(arrivalsUntil(scheduleOf({ seed: 2 }), 2_000));
});

test('constant arrivals come at equal distances', () => {
  expect(arrivalsUntil(scheduleOf({ arrivals: 'constant', ratePerSecond: 4 }), 1_100)).toEqual([250, 500, 750, 1_000]);
});

/** To the nearest ten: an arrival on an edge may fall to either side of it. */
const aboutBetween = (arrivals: readonly number[], fromMs: number, toMs: number): number =>
  Math.round(countBetween(arrivals, fromMs, toMs) / 10) * 10;

const buyers = (atMs: number, forMs: number, times: number) => ({ kind: 'buyers', atMs, forMs, times }) as const;
const spikes = [buyers(1_000, 2_000, 3)];

test('without a fault there is no spike', () => {
  const arrivals = arrivalsUntil(scheduleOf({ arrivals: 'constant', spikes }), 5_000);
  expect(countBetween(arrivals, 0, 5_000)).toBe(499);
});

test('a spike is counted from the fault, and is over when its time is', () => {
  const schedule = scheduleOf({ arrivals: 'constant', spikes });
  schedule.startSpikes(500.3);
  const arrivals = arrivalsUntil(schedule, 6_000);
  expect(aboutBetween(arrivals, 500, 1_500)).toBe(100);
  expect(aboutBetween(arrivals, 1_500, 3_500)).toBe(600);
  expect(aboutBetween(arrivals, 3_500, 4_500)).toBe(100);
});

test('a second fault starts the spikes anew', () => {
  const schedule = scheduleOf({ arrivals: 'constant', spikes });
  schedule.startSpikes(0);
  arrivalsUntil(schedule, 500);
  schedule.startSpikes(5_000);
  const arrivals = arrivalsUntil(schedule, 9_000);
  expect(aboutBetween(arrivals, 1_000, 3_000)).toBe(200);
  expect(aboutBetween(arrivals, 6_000, 8_000)).toBe(600);
});

test('spikes that overlap multiply, and one of 0 times sends nobody', () => {
  const overlapping = [buyers(0, 2_000, 2), buyers(1_000, 1_000, 3), buyers(3_000, 1_000, 0)];
  const schedule = scheduleOf({ arrivals: 'constant', spikes: overlapping });
  schedule.startSpikes(0);
  const arrivals = arrivalsUntil(schedule, 5_000);
  const seconds = [0, 1, 2, 3, 4].map((second) => aboutBetween(arrivals, second * 1_000, (second + 1) * 1_000));
  expect(seconds).toEqual([200, 600, 100, 0, 100]);
});

test('a spike of another kind changes nothing about the buyers', () => {
  const others = [
    { kind: 'burst', atMs: 0, forMs: 5_000, ratePerSecond: 50, addresses: 3 },
    { kind: 'uploads', atMs: 0, forMs: 5_000, ratePerSecond: 50 },
  ] as const;
  const schedule = scheduleOf({ spikes: others });
  schedule.startSpikes(0);
  expect(arrivalsUntil(schedule, 5_000)).toEqual(arrivalsUntil(scheduleOf({}), 5_000));
});
