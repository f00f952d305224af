import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { folderRemove, processesOf } from './removal.ts';

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-removal-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** A process that says when it runs; killed at the end of the test whatever became of it. */
const running = async (
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<ChildProcess> => {
  const child = spawn(command, args, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
};

const endOf = (child: ChildProcess): Promise<unknown> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.signalCode ?? child.exitCode)
    : once(child, 'exit').then(([code, signal]) => signal ?? code);

const context = (): { acts: undefined; signal: AbortSignal } => ({
  acts: undefined,
  signal: AbortSignal.timeout(10_000),
});
const record = (folder: string) => ({ kind: 'folder.remove', folder }) as const;

test('a folder and the processes that name it on their command line are removed, and nothing else', async () => {
  const folder = newFolder();
  mkdirSync(join(folder, 'a/b'), { recursive: true });
  writeFileSync(join(folder, 'a/b/file'), 'x');
  const ours = await running('sh', ['-c', 'echo up; read -r never < "$0/fifo" || sleep 60', folder]);
  const theirs = await running('sh', ['-c', 'echo up; sleep 60', newFolder()]);
  expect(await folderRemove.verify(record(folder), context())).toBe(`still running: ${ours.pid}`);
  await folderRemove.undo(record(folder), context());
  expect(await endOf(ours)).toBe('SIGTERM');
  expect(await folderRemove.verify(record(folder), context())).toBeUndefined();
  expect(existsSync(folder)).toBe(false);
  expect(theirs.exitCode ?? theirs.signalCode).toBe(null);
});

test('a process that ignores SIGTERM is killed', async () => {
  const folder = newFolder();
  const stubborn = await running('sh', ['-c', "trap '' TERM; echo up; while :; do sleep 0.1; done", folder]);
  await folderRemove.undo(record(folder), context());
  expect(await endOf(stubborn)).toBe('SIGKILL');
  expect(await folderRemove.verify(record(folder), context())).toBeUndefined();
});

test.skipIf(process.platform !== 'linux')('a shell of a runbook is found by its HOME', async () => {
  const folder = newFolder();
  const shell = await running('sh', ['-c', 'echo up; sleep 60'], { HOME: join(folder, 'home') });
  const elsewhere = await running('sh', ['-c', 'echo up; sleep 60'], { HOME: '/' });
  expect((await processesOf(folder)).map(({ pid }) => pid)).toContain(shell.pid);
  await folderRemove.undo(record(folder), context());
  expect(await endOf(shell)).toBe('SIGTERM');
  expect(elsewhere.exitCode ?? elsewhere.signalCode).toBe(null);
});

test('a folder whose name begins with the name of another is another', async () => {
  const folder = newFolder();
  const neighbour = `${folder}2`;
  mkdirSync(neighbour);
  onTestFinished(() => rmSync(neighbour, { recursive: true, force: true }));
  const byName = await running('sh', ['-c', 'echo up; sleep 60', join(neighbour, 'config.json')]);
  const byHome = await running('sh', ['-c', 'echo up; sleep 60'], { HOME: join(neighbour, 'home') });
  await folderRemove.undo(record(folder), context());
  expect([byName, byHome].map((child) => child.exitCode ?? child.signalCode)).toEqual([null, null]);
  expect(existsSync(neighbour)).toBe(true);
});

test('removing twice, or what never was, is harmless', async () => {
  const folder = newFolder();
  for (let turn = 0; turn < 2; turn++) {
    await folderRemove.undo(record(folder), context());
    expect(await folderRemove.verify(record(folder), context())).toBeUndefined();
  }
});

test('a folder that came back is seen', async () => {
  const folder = newFolder();
  await folderRemove.undo(record(folder), context());
  mkdirSync(folder);
  expect(await folderRemove.verify(record(folder), context())).toBe(`${folder} is still there`);
});

test.each(['', '/', '/tmp', 'relative/path', '/tmp/../etc'])('%j is never removed', async (folder) => {
  await expect(folderRemove.undo(record(folder), context())).rejects.toThrow('is not the folder of an environment');
});
