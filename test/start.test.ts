/** Starting from a clone: `bin/` installs and builds what is missing, then hands over. Compiler and npm are small stand-ins. */
import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openTerminal } from './terminal.fixture.ts';

const clone = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-clone-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(resolve(import.meta.dirname, '../bin'), join(folder, 'bin'), { recursive: true });
  write(folder, 'package-lock.json', '{}');
  write(folder, 'node_modules/.package-lock.json', '{}');
  for (const name of ['tsconfig.json', 'tsconfig.build.json']) write(folder, name, '{}');
  write(folder, 'src/main.js', `console.log('ran', process.argv.slice(2).join(' '));`);
  write(
    folder,
    'node_modules/typescript/bin/tsc',
    `const fs = require('fs');
    fs.mkdirSync('dist/cli', { recursive: true });
    fs.copyFileSync('src/main.js', 'dist/cli/main.js');
    console.log('the compiler says something');`,
  );
  return folder;
};

const write = (folder: string, file: string, text: string, mode = 0o644): void => {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text, { mode });
};

/** Sets when a file was changed, in seconds from now. */
const changed = (folder: string, file: string, seconds: number): void => {
  const at = Date.now() / 1_000 + seconds;
  utimesSync(join(folder, file), at, at);
};

type Started = {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly ended: Promise<{ readonly code: unknown; readonly stdout: string; readonly stderr: string }>;
};

const start = (folder: string, words: string, env: NodeJS.ProcessEnv = {}, flags: readonly string[] = []): Started => {
  const [program = '', ...args] = words.split(' ');
  const child = spawn(process.execPath, [...flags, join(folder, 'bin', program), ...args], {
    cwd: tmpdir(),
    env: { ...process.env, npm_execpath: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (chunk: string) => void (texts[name] += chunk));
  return {
    child,
    stdout: () => texts.stdout,
    ended: new Promise((done) => {
      child.once('close', (code, signal) => done({ code: signal ?? code, ...texts }));
    }),
  };
};

const building = 'gameday: building …\nthe compiler says something\n';

test('the first start builds, the next does not; a source that changed and a dist/ that is gone build again', async () => {
  const folder = clone();
  const list = () => start(folder, 'gameday.cjs list --json').ended;
  const fresh = { code: 0, stdout: 'ran list --json\n', stderr: building };
  const ready = { ...fresh, stderr: '' };
  changed(folder, 'src/main.js', -10);
  expect(await list()).toEqual(fresh);
  expect(await list()).toEqual(ready);
  write(folder, 'src/deep/new.ts', '');
  changed(folder, 'src/deep/new.ts', 1);
  expect(await list()).toEqual(fresh);
  changed(folder, 'src/deep/new.ts', -10);
  expect(await list()).toEqual(ready);
  rmSync(join(folder, 'dist'), { recursive: true });
  expect(await list()).toEqual(fresh);
});

test('what is saved while the compiler runs is built by the next start', async () => {
  const folder = clone();
  write(
    folder,
    'node_modules/typescript/bin/tsc',
    `${readFileSync(join(folder, 'node_modules/typescript/bin/tsc'), 'utf8')}
    fs.writeFileSync('src/main.js', 'console.log("edited")');`,
  );
  expect((await start(folder, 'gameday.cjs').ended).stdout).toBe('ran \n');
  expect(await start(folder, 'gameday.cjs').ended).toEqual({ code: 0, stdout: 'edited\n', stderr: building });
});

test('a build that fails ends with 3 and is not taken for a build', async () => {
  const folder = clone();
  write(folder, 'node_modules/typescript/bin/tsc', 'console.log("TS2304"); process.exit(2);');
  for (let times = 0; times < 2; times += 1) {
    const { code, stdout, stderr } = await start(folder, 'gameday.cjs list').ended;
    expect(stderr).toMatch(/^gameday: building …\nTS2304\nerror: building failed\n {2}try {2}read the lines above/);
    expect([code, stdout]).toEqual([3, '']);
  }
});

test('node_modules older than the lock file are installed first, with everything, and standard output stays clean', async () => {
  const folder = clone();
  const npm = `const fs = require('fs');
    fs.writeFileSync('node_modules/.package-lock.json', '{}');
    console.log('npm ' + process.argv.slice(2).join(' '));`;
  write(folder, 'npm.js', npm);
  const env = { npm_execpath: join(folder, 'npm.js'), npm_node_execpath: process.execPath, NODE_ENV: 'production' };
  changed(folder, 'package-lock.json', -5);
  changed(folder, 'node_modules/.package-lock.json', -10);
  expect(await start(folder, 'gameday.cjs list', env).ended).toEqual({
    code: 0,
    stdout: 'ran list\n',
    stderr:
      'gameday: installing (once, about 20 s) …\n' +
      `npm ci --include=dev --include=optional --engine-strict=false --loglevel=error\n${building}`,
  });
  expect((await start(folder, 'gameday.cjs list', env).ended).stderr).toBe('');
  write(folder, 'npm.js', 'process.exit(1)');
  rmSync(join(folder, 'node_modules/.package-lock.json'));
  const { code, stdout, stderr } = await start(folder, 'gameday.cjs list', env).ended;
  expect(stderr).toMatch(/error: installing \(once, about 20 s\) failed\n {2}try {2}read the lines above; npm ci in /);
  expect([code, stdout]).toEqual([3, '']);
});

test('npm start alone is the main job, npm start -- WORDS any command', async () => {
  const folder = clone();
  expect((await start(folder, 'start.cjs').ended).stdout).toBe('ran verify web-stack-outage\n');
  expect((await start(folder, 'start.cjs list runs').ended).stdout).toBe('ran list runs\n');
});

test('npm start alone is the app on a terminal, but not in CI or where nothing can be drawn', async () => {
  const folder = clone();
  const shown = async (env: Readonly<Record<string, string>>): Promise<string> => {
    const command = [process.execPath, join(folder, 'bin/start.cjs')];
    await using terminal = openTerminal(command, { columns: 80, rows: 16, cwd: tmpdir(), env });
    await terminal.exited;
    return (
      terminal
        .lines()
        .find((line) => line.startsWith('ran'))
        ?.trim() ?? ''
    );
  };
  expect(await shown({})).toBe('ran');
  expect(await shown({ CI: '' })).toBe('ran');
  expect(await shown({ CI: 'true' })).toBe('ran verify web-stack-outage');
  expect(await shown({ TERM: 'dumb' })).toBe('ran verify web-stack-outage');
});

test('the exit code and signals are handed through', async () => {
  const folder = clone();
  write(folder, 'src/main.js', 'process.exit(5)');
  expect((await start(folder, 'gameday.cjs').ended).code).toBe(5);
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    write(
      folder,
      'src/main.js',
      `process.on('${signal}', () => process.exit(${code})); setInterval(() => {}, 1000); console.log('up');`,
    );
    changed(folder, 'src/main.js', 5);
    const started = start(folder, 'gameday.cjs');
    await expect.poll(started.stdout, { timeout: 20_000 }).toBe('up\n');
    started.child.kill(signal);
    expect((await started.ended).code).toBe(code);
  }
  write(folder, 'src/main.js', `process.kill(process.pid, 'SIGKILL')`);
  changed(folder, 'src/main.js', 10);
  expect((await start(folder, 'gameday.cjs').ended).code).toBe(137);
});

test('an old Node hands over to the one in node_modules, and says what to do where there is none', async () => {
  const folder = clone();
  const old = join(folder, 'old-node.cjs');
  writeFileSync(
    old,
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.11.0' } });`,
  );
  const { code, stdout, stderr } = await start(folder, 'gameday.cjs list', {}, ['--require', old]).ended;
  expect(stderr).toMatch(
    /^error: gameday needs Node 24 or newer; this is v\d+\.\d+\.\d+\n {2}try {2}install Node 24; on Linux npm ci brings one along\n$/,
  );
  expect([code, stdout]).toEqual([3, '']);
  write(folder, 'node_modules/.bin/node', `#!/bin/sh\necho handed over >&2\nexec '${process.execPath}' "$@"\n`, 0o755);
  expect(await start(folder, 'gameday.cjs list', {}, ['--require', old]).ended).toEqual({
    code: 0,
    stdout: 'ran list\n',
    stderr: 'gameday: building …\nhanded over\nthe compiler says something\nhanded over\n',
  });
});
