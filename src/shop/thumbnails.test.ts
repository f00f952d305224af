import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startClock } from '../clock.ts';
import { openThumbnails, type Thumbnails } from './thumbnails.ts';

const opened = (): Thumbnails => {
  const thumbnails = openThumbnails(startClock());
  onTestFinished(thumbnails.close);
  return thumbnails;
};

test('a worker without pictures is idle', async () => {
  const thumbnails = opened();
  expect(thumbnails.busyRatio()).toBe(0);
  await sleep(100);
  expect(thumbnails.busyRatio()).toBe(0);
});

test('a worker with pictures enough is as busy as it may be, on a tenth of a core at most, and idle again afterwards', async () => {
  const thumbnails = opened();
  const since = process.cpuUsage();
  const startedMs = performance.now();
  for (let turn = 0; turn < 38; turn += 1) {
    thumbnails.take();
    await sleep(100);
  }
  expect(thumbnails.busyRatio()).toBeGreaterThan(0.9);
  expect(thumbnails.busyRatio()).toBeLessThanOrEqual(1.001);
  const { user, system } = process.cpuUsage(since);
  expect((user + system) / 1_000 / (performance.now() - startedMs)).toBeLessThan(0.1);

  thumbnails.close();
  await sleep(3_300);
  expect(thumbnails.busyRatio()).toBeLessThan(0.4);
});

test('one picture is a small part of three seconds', async () => {
  const thumbnails = opened();
  thumbnails.take();
  await sleep(1_500);
  expect(thumbnails.busyRatio()).toBeGreaterThan(0.2); // 40 ms of work are 800 ms of budget
  expect(thumbnails.busyRatio()).toBeLessThan(0.8);
});

test('pictures that would wait for too long are not taken', () => {
  const thumbnails = opened();
  expect(Array.from({ length: 7 }, () => thumbnails.take())).toEqual([true, true, true, true, true, false, false]);
});
