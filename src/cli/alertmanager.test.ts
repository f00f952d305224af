import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { addAlertmanager } from './alertmanager.ts';
import { CommandLine } from './command-line.ts';
import type { CommandContext } from './command.ts';

const configured = (text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'alertmanager.yml');
  writeFileSync(file, text);
  return file;
};

/** `gameday alertmanager WORDS`, with what it prints and a way to interrupt it. */
const start = (...words: readonly string[]) => {
  const interruption = new AbortController();
  const printed: string[] = [];
  const used: Pick<CommandContext, 'signal'> & { terminal: Partial<CommandContext['terminal']> } = {
    signal: interruption.signal,
    terminal: { out: (text) => void printed.push(text) },
  };
  const program = new CommandLine('gameday').exitOverride();
  let exitCode: number | undefined;
  addAlertmanager(program, (action) => async (...given) => {
    exitCode = await action(used as CommandContext, ...given);
  });
  const line = ['alertmanager', '--host', '127.0.0.1', '--port', '0', ...words];
  const ended = program.parseAsync(line, { from: 'user' }).then(() => exitCode);
  ended.catch(() => {});
  onTestFinished(async () => {
    interruption.abort();
    await ended.catch(() => {});
  });
  const url = async (): Promise<string> => {
    await vi.waitFor(() => expect(printed[0]).toMatch(/^alertmanager {2}http/), { timeout: 5_000, interval: 5 });
    return printed[0]!.split('  ')[1]!;
  };
  return { url, printed, ended, interrupt: () => interruption.abort() };
};

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
