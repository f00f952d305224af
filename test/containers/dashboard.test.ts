/**
 * `docker compose up`, customers and an outage by hand, as docs/replica.md tells it: the real Prometheus has an answer to every
 * panel of the dashboard. Grafana itself is not started: it would have to be fetched.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ask, skipped, withoutDocker } from './docker.fixture.ts';

const root = resolve(import.meta.dirname, '../..');
const project = `gameday-test-${process.pid}`;

const compose = (...args: readonly string[]): string => composeOf(project, ...args);
const composeOf = (name: string, ...args: readonly string[]): string => {
  const all = ['compose', '--project-name', name, ...args];
  const { status, stdout, stderr } = spawnSync('docker', all, { cwd: root, encoding: 'utf8', timeout: 120_000 });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.trim();
};

type Panel = { readonly title: string; readonly targets: readonly { readonly expr: string }[] };
type Answer = { readonly data?: { readonly result: readonly { readonly value: readonly [number, string] }[] } };

test.skipIf(withoutDocker)(`every panel of the dashboard shows something in an outage${skipped}`, async () => {
  onTestFinished(() => void ask(['compose', '--project-name', project, 'down', '--volumes', '--timeout', '2']));
  composeOf('gameday', 'build'); // as the runs do that go on beside this: the image is theirs, too
  compose('up', '--wait');
  const [prometheus, ...shops] = [
    ...[compose('port', 'prometheus', '9090'), compose('port', 'shop-1', '8080'), compose('port', 'shop-2', '8080')],
  ];
  const buy = (shop: string): Promise<unknown> =>
    fetch(`http://${shop}/checkout`, { method: 'POST' }).then(
      (answer) => answer.text(),
      () => undefined,
    );
  const customers = setInterval(() => void Promise.all(shops.map(buy)), 80);
  onTestFinished(() => clearInterval(customers));

  const valuesOf = async (expr: string): Promise<readonly string[]> => {
    const answer = await fetch(`http://${prometheus}/api/v1/query?${new URLSearchParams({ query: expr }).toString()}`);
    const { data } = (await answer.json()) as Answer;
    return data?.result.map(({ value: [, value] }) => value).filter((value) => value !== 'NaN') ?? [];
  };
  const file = join(root, 'monitoring/grafana/dashboards/replica.json');
  const { panels } = JSON.parse(readFileSync(file, 'utf8')) as { panels: readonly Panel[] };
  const all = panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));
  expect(all.length).toBeGreaterThan(5);
  expect(await valuesOf('shop_nothing_of_the_kind')).toEqual([]);
  // As docs/replica.md breaks it.
  compose('exec', 'postgres', 'psql', '-U', 'postgres', '-c', 'alter system set max_connections = 21');
  compose('restart', 'postgres');
  let empty = all;
  for (let left = 120; left > 0 && empty.length > 0; left -= 1) {
    const values = await Promise.all(empty.map(async (each) => ({ each, shown: await valuesOf(each.expr) })));
    empty = values.flatMap(({ each, shown }) => (shown.length === 0 ? [each] : []));
    await new Promise((done) => setTimeout(done, 500));
  }
  expect(empty).toEqual([]);
});

test.skipIf(withoutDocker)(`Compose takes the file with Grafana in it${skipped}`, () => {
  const { services } = JSON.parse(compose('--profile', 'grafana', 'config', '--format', 'json')) as {
    services: Readonly<Record<string, object>>;
  };
  expect(services['grafana']).toMatchObject({ image: expect.stringContaining('grafana/grafana:') as unknown });
  expect(JSON.parse(compose('config', '--format', 'json'))).not.toMatchObject({ services: { grafana: {} } });
});
