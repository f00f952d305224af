import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { addAlertmanager } from './alertmanager.ts';
import { serve } from './served.fixture.ts';

const configured = (text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'alertmanager.yml');
  writeFileSync(file, text);
  return file;
};

/** `gameday alertmanager WORDS` */
const start = (...words: readonly string[]) =>
  serve(addAlertmanager, ['alertmanager', '--host', '127.0.0.1', '--port', '0', ...words]);

const chat = 'route: {receiver: chat, group_wait: 0s}\nreceivers: [{name: chat, slack_configs: [{channel: x}]}]';

test('the API is served until it is interrupted, and what would be sent is printed as JSON', async () => {
  const command = start('--config', configured(chat));
  const url = await command.url();
  const body = JSON.stringify([{ labels: { alertname: 'X' } }]);
  expect((await fetch(`${url}/api/v2/alerts`, { method: 'POST', body })).status).toBe(200);
  await expect.poll(() => command.printed).toHaveLength(2);
  expect(JSON.parse(command.printed[1]!)).toMatchObject({
    wouldSend: { receiver: 'chat', integration: 'slack', status: 'firing', alerts: [{ labels: { alertname: 'X' } }] },
  });
  command.interrupt();
  expect(await command.ended).toBe(0);
  await expect(fetch(url)).rejects.toThrow('fetch failed');
});

test('it behaves as the version that is asked for', async () => {
  const url = await start('--config', configured(chat), '--compat', '0.25').url();
  expect(await (await fetch(`${url}/api/v2/status`)).json()).toMatchObject({ versionInfo: { version: '0.25.0' } });
  await expect(start('--config', configured(chat), '--compat', '0.1').ended).rejects.toMatchObject({ code: 'USAGE' });
});

test('a configuration that is wrong, or not there, is told before anything listens', async () => {
  const file = configured('route: {receiver: b}\nreceivers: [{name: a}]');
  await expect(start('--config', file).ended).rejects.toMatchObject({
    code: 'DOCUMENT_INVALID',
    problems: [{ message: 'receiver "b" is not defined', at: { file, line: 1, column: 19 } }],
  });
  await expect(start('--config', '/no/such.yml').ended).rejects.toMatchObject({
    code: 'USAGE',
    message: 'there is no /no/such.yml',
  });
});
