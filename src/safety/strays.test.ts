import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { identityOf, type ProcessIdentity } from './owner.ts';
import { makeRunFolder, runFolderFor } from './run-folder.ts';
import { removeStray, strayEnvironments } from './strays.ts';

let runId: string;
let folder: string;
beforeEach(() => {
  runId = `20260101-000000-${randomBytes(3).toString('hex')}`;
  folder = runFolderFor(runId, 'fault');
});

const made = (): void => {
  makeRunFolder(folder);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
};

const madeBy = (conductor: ProcessIdentity): void => {
  const file = join(folder, 'owner.json');
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), conductor }));
};

/** Whoever made it has ended since. */
const orphaned = (): void => madeBy({ pid: process.ppid, startedAt: '1' });

const found = async (known: readonly string[] = []): Promise<boolean> =>
  (await strayEnvironments(known)).some((stray) => stray.folder === folder);

const processWith = async (argument: string): Promise<void> => {
  const child = spawn('sh', ['-c', 'echo up; read -r never', argument], { stdio: ['pipe', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
};

test('an environment whose maker is dead and whose run is nowhere to be found is removed, with its processes', async () => {
  made();
  orphaned();
  await processWith(join(folder, 'shop.json'));
  expect(await found()).toBe(true);
  expect(await removeStray({ runId, folder })).toBeUndefined();
  expect(existsSync(folder)).toBe(false);
  expect(await found()).toBe(false);
});

test('one whose maker, undo log or watchdog is still there is left alone', async () => {
  made();
  madeBy(identityOf(process.ppid));
  expect(await found()).toBe(false);
  orphaned();
  expect(await found([runId])).toBe(false);
  await processWith(join(tmpdir(), runId, 'watchdog.config.json'));
  expect(await found()).toBe(false);
});

test('a folder that only has the name of one is left alone', async () => {
  mkdirSync(folder);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  expect(await found()).toBe(false);
});
