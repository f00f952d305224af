import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { serve } from './served.fixture.ts';
import { addToxiproxy } from './toxiproxy.ts';

/** `gameday toxiproxy WORDS` */
const start = (...words: readonly string[]) => serve(addToxiproxy, ['toxiproxy', ...words]);

const fileWith = (text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'toxiproxy.json');
  writeFileSync(file, text);
  return file;
};

const anywhere = ['--host', '127.0.0.1', '--port', '0'];

test('the API is served, with the proxies of the configuration file, until it is interrupted', async () => {
  const file = fileWith('[{"name": "db", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1"}]');
  const command = start(...anywhere, '--config', file);
  const url = await command.url();
  const { db } = (await (await fetch(`${url}/proxies`)).json()) as { db: { listen: string } };
  expect(command.printed.slice(1)).toEqual([`db  ${db.listen}`]);
  expect((await fetch(`${url}/metrics`)).status).toBe(404);
  command.interrupt();
  expect(await command.ended).toBe(0);
  await expect(fetch(`${url}/version`)).rejects.toThrow('fetch failed');
});

test('the metrics are served on request', async () => {
  const url = await start(...anywhere, '--proxy-metrics').url();
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('# TYPE toxiproxy_proxy_sent_bytes_total counter');
});

test.each([
  ['{"name": "db"}', 'bad request body: a list of proxies is expected'],
  ['[{"name": "db"}]', 'missing required field: upstream at proxy 1'],
  ['[{]', 'cannot be read: '],
])('a configuration file that holds %s is refused', async (text, why) => {
  const file = fileWith(text);
  const { ended } = start(...anywhere, '--config', file);
  await expect(ended).rejects.toMatchObject({
    code: 'DOCUMENT_INVALID',
    message: expect.stringMatching(new RegExp(`^${file}.*${why}`)),
  });
});

test('a port that is none is a mistake of usage', async () => {
  await expect(start('--port', '99999').ended).rejects.toMatchObject({
    code: 'USAGE',
    message: '--port 99999 is not a port',
  });
});

test('a port that is taken is told as the failure it is', async () => {
  const squatter = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void squatter.close());
  await once(squatter, 'listening');
  const { port } = squatter.address() as { port: number };
  await expect(start('--host', '127.0.0.1', '--port', String(port)).ended).rejects.toMatchObject({
    code: 'ENVIRONMENT_FAILED',
    message: expect.stringContaining('EADDRINUSE'),
  });
});
