/** Alertmanager's own command against the stand-in: lists and raises alerts, silences them, tests routes. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { startAlertmanager } from '../../src/embedded/alertmanager/alertmanager.ts';
import { readConfig } from '../../src/embedded/alertmanager/config.ts';
import { routingOf } from '../../src/embedded/alertmanager/routing.ts';
import { versions } from '../../src/embedded/alertmanager/version.ts';

const run = promisify(execFile);

const labelSets: readonly Readonly<Record<string, string>>[] = [
  { severity: 'page', team: 'db' },
  { severity: 'info', team: 'db' },
  { service: 'web', env: 'staging' },
  { service: 'web', env: 'production' },
  { team: 'web' },
  { alertname: 'Nightly', severity: 'page' },
  { nothing: 'known' },
];

/** @returns What it did not get, in words. */
export const amtoolDisagreements = async (program: string, configFile: string): Promise<readonly string[]> => {
  const wrong: string[] = [];
  const server = await startAlertmanager({ configFile, listen: { host: '127.0.0.1', port: 0 }, hosts: {} });
  const amtool = async (...words: readonly string[]): Promise<string> =>
    (await run(program, [`--alertmanager.url=${server.url}`, ...words])).stdout.trim();
  const expect = (what: string, got: unknown, wanted: unknown): void => {
    if (JSON.stringify(got) !== JSON.stringify(wanted))
      wrong.push(`${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
  };
  const alerts = async (...words: readonly string[]): Promise<readonly string[]> =>
    (JSON.parse(await amtool('alert', 'query', '-o', 'json', ...words)) as { labels: { alertname: string } }[]).map(
      ({ labels }) => labels.alertname,
    );
  try {
    await amtool('alert', 'add', 'alertname=PoolExhausted', 'severity=page', 'instance=pg-1');
    await amtool('alert', 'add', 'alertname=SlowQueries', 'severity=warning');
    expect('alert query', (await alerts()).toSorted(), ['PoolExhausted', 'SlowQueries']);
    expect('alert query by matcher', await alerts('severity=~p.*'), ['PoolExhausted']);
    expect('alert query by receiver', await alerts('--receiver=page'), ['PoolExhausted']);
    const words = ['silence', 'add', 'alertname=PoolExhausted', '-a', 'peers', '-c', 'known', '-d', '1h'];
    const id = await amtool(...words);
    expect('alert query while silenced', await alerts(), ['SlowQueries']);
    expect('alert query --silenced', await alerts('--silenced'), ['PoolExhausted']);
    expect('silence query', await amtool('silence', 'query', '-q'), id);
    await amtool('silence', 'update', '-d', '2h', id);
    expect('silence query after update', await amtool('silence', 'query', '-q'), id);
    await amtool('silence', 'expire', id);
    expect('silence query after expire', await amtool('silence', 'query', '-q'), '');
    expect('silence query --expired', await amtool('silence', 'query', '-q', '--expired'), id);
    expect('alert query after expire', (await alerts()).toSorted(), ['PoolExhausted', 'SlowQueries']);
    expect('check-config', (await amtool('check-config', configFile)).includes('SUCCESS'), true);
    const config = readConfig(configFile, readFileSync(configFile, 'utf8'));
    for (const labels of labelSets) {
      const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
      const ours = routingOf(config, versions['0.33'], labels)
        .routes.map(({ receiver }) => receiver)
        .join(',');
      const asked = ['config', 'routes', 'test', ...pairs];
      expect(`routes of ${pairs.join(' ')}, asked of the server`, await amtool(...asked), ours);
      expect(`routes of ${pairs.join(' ')}`, await amtool(...asked, `--config.file=${configFile}`), ours);
    }
  } catch (error) {
    wrong.push(String(error));
  } finally {
    await server.close();
  }
  return wrong;
};
