import { expect, test } from 'vitest';
import type { LoadSpike } from './config.ts';
import { sideTraffic } from './side-traffic.ts';

const burst = { kind: 'burst', atMs: 1_000, forMs: 20_000, ratePerSecond: 15, addresses: 3 } as const;
const uploads = { kind: 'uploads', atMs: 1_000, forMs: 20_000, ratePerSecond: 6 } as const;

/** Everything that came due when asked every 20 ms, with the time at which it was. */
const sent = (spikes: readonly LoadSpike[], seed = 1) => {
  const traffic = sideTraffic(spikes, seed);
  const times = Array.from({ length: 2_000 }, (_, index) => index * 20);
  return times.flatMap((atMs) => traffic.due(atMs).map((ask) => ({ atMs, ask })));
};

test('a burst has its rate, its beginning and its end, and comes from its few addresses in turn', () => {
  const all = sent([burst]);
  expect(all.length).toBeGreaterThan(250); // 300, three standard deviations less
  expect(all.length).toBeLessThan(350);
  expect(all[0]!.atMs).toBeGreaterThanOrEqual(1_000);
  expect(all.at(-1)!.atMs).toBeLessThanOrEqual(21_020);
  const addresses = all.map(({ ask }) => ask.headers['x-forwarded-for']);
  expect(addresses.slice(0, 4)).toEqual(['203.0.113.10', '203.0.113.11', '203.0.113.12', '203.0.113.10']);
});

test('nobody of it names itself a buyer', () => {
  expect(sent([burst, uploads]).filter(({ ask }) => 'x-buyer' in ask.headers)).toEqual([]);
});

test('the same seed sends the same; bursts do not march in step', () => {
  expect(sent([burst, uploads], 7)).toEqual(sent([burst, uploads], 7));
  expect(sent([burst], 8)).not.toEqual(sent([burst], 7));
  const perLook = Map.groupBy(sent([burst, burst]), ({ atMs }) => atMs).values();
  expect([...perLook].filter((together) => together.length % 2 === 1).length).toBeGreaterThan(100);
});

test('buyers are not its business, and before the fault nothing is due', () => {
  expect(sent([{ kind: 'buyers', atMs: 0, forMs: 60_000, times: 4 }])).toEqual([]);
  expect(sideTraffic([burst], 1).due(-1)).toEqual([]);
});

test('what came due while nobody asked is sent at once, and only once', () => {
  const traffic = sideTraffic([uploads], 1);
  const late = traffic.due(60_000);
  expect(late.length).toBeGreaterThan(80);
  expect(late[0]).toMatchObject({ method: 'POST', path: '/pictures' });
  expect(traffic.due(60_000)).toEqual([]);
});
