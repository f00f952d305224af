import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { programPath, startProgram } from '../../program.ts';
import { seconds } from '../../units.ts';
import type { ToxiproxyConfig, ToxiproxyReady } from './config.ts';

const startMain = async (config: ToxiproxyConfig) => {
  const folder = await mkdtemp(join(tmpdir(), 'gd-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return await startProgram<ToxiproxyReady>({
    name: 'fault proxy',
    program: programPath('main.ts', import.meta.url),
    config,
    folder,
    logFile: join(folder, 'log'),
    readyWithinMs: seconds(10),
  });
};

test('the program says where its API and its proxies listen, and ends when it is asked to', async () => {
  const proxies = [{ name: 'postgres', listen: '127.0.0.1:0', upstream: '127.0.0.1:1' }];
  const program = await startMain({ host: '127.0.0.1', port: 0, proxies });
  const { url, proxies: listening } = program.ready;
  const answer = (await (await fetch(`${url}/proxies`)).json()) as Record<string, { listen: string }>;
  expect(listening).toEqual([{ name: 'postgres', listen: answer['postgres']?.listen }]);
  await program.stop();
  await expect(fetch(`${url}/version`)).rejects.toThrow('fetch failed');
});

test('a program that cannot listen says why', async () => {
  const proxies = [{ name: 'postgres', listen: 'nonsense', upstream: '127.0.0.1:1' }];
  await expect(startMain({ host: '127.0.0.1', port: 0, proxies })).rejects.toThrow(
    'fault proxy did not start: listen tcp: address nonsense: missing port in address',
  );
});
