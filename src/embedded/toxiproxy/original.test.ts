import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ms, seconds } from '../../units.ts';
import { startOriginal } from './original.ts';

const folderForTest = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
};

/** A program that takes the original's arguments; `server` is what it does with its `port`. */
const binaryIn = (folder: string, server: string): string => {
  const path = join(folder, 'toxiproxy-server');
  writeFileSync(path, `#!${process.execPath}\nconst port = Number(process.argv[5]);\n${server}\n`);
  chmodSync(path, 0o755);
  return path;
};

const answering = `require('node:http').createServer((_, response) => response.end('{"version":"9.9.9"}')).listen(port, '127.0.0.1')`;

const refused = { cause: { code: 'ECONNREFUSED' } };

describe('a binary of the original', () => {
  test('is started on a free port, says its version, and is gone after the stop', async () => {
    const folder = folderForTest();
    const onLost = vi.fn<(reason: string) => void>();
    const binary = binaryIn(folder, answering);
    const original = await startOriginal({
      binary,
      folder,
      logFile: join(folder, 'log'),
      readyWithinMs: seconds(10),
      onLost,
    });
    expect(original.version).toBe('9.9.9');
    await original.stop();
    await original.stop();
    await expect(fetch(original.url)).rejects.toMatchObject(refused);
    expect(onLost).not.toHaveBeenCalled();
  });

  test('that ends by itself is told', async () => {
    const folder = folderForTest();
    const lost = Promise.withResolvers<string>();
    const dying = `${answering}.on('request', ({ url }) => { if (url === '/die') process.exit(7) })`;
    const original = await startOriginal({
      binary: binaryIn(folder, dying),
      folder,
      logFile: join(folder, 'log'),
      readyWithinMs: seconds(10),
      onLost: lost.resolve,
    });
    await fetch(`${original.url}/die`).catch(() => {});
    expect(await lost.promise).toBe('Toxiproxy ended with status 7');
  });

  test('dies with whoever started it, even when that is killed', async () => {
    const folder = folderForTest();
    const options = {
      binary: binaryIn(folder, answering),
      folder,
      logFile: join(folder, 'log'),
      readyWithinMs: 10_000,
    };
    const starter = `
      import { startOriginal } from ${JSON.stringify(new URL('original.ts', import.meta.url).href)};
      console.log((await startOriginal(${JSON.stringify(options)})).url);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', starter], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const url = line.toString().trim();
    expect((await fetch(url)).status).toBe(200);
    child.kill('SIGKILL');
    await vi.waitFor(() => expect(fetch(url)).rejects.toMatchObject(refused), { timeout: 5_000, interval: 50 });
  });

  test.each([
    ["console.error('bad flag'); process.exit(2)", 'did not start: ended with status 2', 'its log ends: bad flag'],
    [
      'setInterval(() => {}, 1000)',
      'did not start: not ready within 1.5 s: fetch failed',
      expect.stringContaining('see '),
    ],
  ])('that does not come up is stopped, and its log is shown: %s', async (server, message, hint) => {
    const folder = folderForTest();
    const binary = binaryIn(folder, server);
    const starting = startOriginal({ binary, folder, logFile: join(folder, 'log'), readyWithinMs: ms(1_500) });
    await expect(starting).rejects.toMatchObject({
      code: 'ENVIRONMENT_FAILED',
      problems: [{ message: expect.stringContaining(`Toxiproxy (${binary}) ${message}`), hint }],
    });
  });

  test('that is no program is told', async () => {
    const folder = folderForTest();
    const logFile = join(folder, 'log');
    const starting = startOriginal({ binary: '/nowhere', folder, logFile, readyWithinMs: seconds(10) });
    await expect(starting).rejects.toThrow('Toxiproxy (/nowhere) did not start: ended with status 127');
  });
});

const installed = ((): string | undefined => {
  try {
    return execFileSync('/bin/sh', ['-c', 'command -v toxiproxy-server'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
})();

test('the installed toxiproxy-server starts, proxies and stops', async ({ skip }) => {
  if (installed === undefined) {
    skip('there is no toxiproxy-server on the search path');
    return;
  }
  const folder = folderForTest();
  const logFile = join(folder, 'log');
  const original = await startOriginal({ binary: installed, folder, logFile, readyWithinMs: seconds(10) });
  const body = JSON.stringify({ name: 'a', listen: '127.0.0.1:0', upstream: '127.0.0.1:1' });
  expect((await fetch(`${original.url}/proxies`, { method: 'POST', body })).status).toBe(201);
  await original.stop();
  expect(readFileSync(logFile, 'utf8')).toContain(original.version);
});
