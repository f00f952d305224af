import { fork, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

/** Says `up`, then who wants its end, as soon as whoever started it is gone; it listens so long after, or before, it is up. */
const program = (listensAfterMs: number | null): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-launched-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'launched.ts');
  writeFileSync(
    file,
    `import { launcherGone } from '${join(import.meta.dirname, 'launcher.ts')}';
const up = (): void => void process.stdout.write('up ');
if (${listensAfterMs} !== null) {
  up();
  await new Promise((done) => setTimeout(done, ${listensAfterMs}));
}
const gone = launcherGone(process);
const say = (): void => void process.stdout.write(String(gone.reason.by), () => process.exit(0));
if (gone.aborted) say();
gone.addEventListener('abort', say);
if (${listensAfterMs} === null) up();
setTimeout(() => process.stdout.write('alone', () => process.exit(0)), 700);
`,
  );
  return file;
};

const stdio = ['ignore', 'pipe', 'inherit', 'ipc'] as const;
const saidBy = async (child: ChildProcess, act: () => void): Promise<string> => {
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    if (said === '') act();
    said += text;
  });
  await new Promise((done) => child.stdout?.once('end', done));
  return said;
};

test.each([
  ['while it listens', null],
  ['before it listens', 100],
])('who was started over a channel that ends %s knows that nobody is there any more', async (_, listensAfterMs) => {
  const child = fork(program(listensAfterMs), { stdio: [...stdio] });
  expect(await saidBy(child, () => child.disconnect())).toBe('up nobody');
});

test('who was started over a channel that stays, or over none, goes on, and is not kept alive by it', async () => {
  const stays = fork(program(null), { stdio: [...stdio] });
  expect(await saidBy(stays, () => {})).toBe('up alone');
  const none = spawn(process.execPath, [program(null)], { stdio: ['ignore', 'pipe', 'inherit'] });
  expect(await saidBy(none, () => {})).toBe('up alone');
});
