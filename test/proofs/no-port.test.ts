/** Ports are chosen free, so none is ever taken; but there may be none left, or none that can be reached. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { leftBy, runsOf, scratchProject } from '../gameday.fixture.ts';

const program = resolve(import.meta.dirname, '../../dist/cli/main.js');
const mayIsolate = spawnSync('unshare', ['--net', 'ip', 'link']).status === 0;
/** The range from which the system gives out ports, all of it. */
const portsLeft = (count: number): string =>
  `ip link set lo up && echo 40000 ${40_000 + count - 1} > /proc/sys/net/ipv4/ip_local_port_range`;

/** `gameday verify` on a network of its own, prepared by `script`, on which nothing else can be reached. */
const verifyIsolated = (folder: string, script: string) =>
  spawnSync(
    'unshare',
    [
      '--net',
      'sh',
      '-c',
      `${script} && exec "$@"`,
      'sh',
      process.execPath,
      program,
      '-C',
      folder,
      'verify',
      'web-stack-outage',
    ],
    { encoding: 'utf8', env: { ...process.env, GAMEDAY_HOME: '' } },
  );

test.skipIf(!mayIsolate).each([
  // The run itself takes two: for its session and its pager.
  ['there are two ports', portsLeft(2), /run failed: (?:fault proxy|load generator) did not start: listen EADDRINUSE/],
  ['there are a few ports', portsLeft(6), /run failed: (?:fault proxy|load generator|shop-[12]|monitoring) did not /],
  ['127.0.0.1 cannot be reached', 'true', /run failed: fault proxy did not open a way to PostgreSQL: fetch failed/],
])('where %s, the run names the part that did not come up, ends with 3 and leaves nothing', (_, network, message) => {
  const folder = scratchProject();
  const { status, stderr } = verifyIsolated(folder, network);
  expect(stderr).toMatch(message);
  expect(status).toBe(3);
  expect(leftBy(runsOf(folder)[0] ?? '')).toEqual([]);
});
