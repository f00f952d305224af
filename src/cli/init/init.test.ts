import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { programPath } from '../../program.ts';
import type { Terminal } from '../command.ts';
import { answersFor } from './answers.ts';
import { planAll } from '../project/plans.ts';
import { openProject } from '../project/project.ts';

const emptyFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-init-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const init = async (folder: string, ...args: readonly string[]) => {
  const child = spawn(process.execPath, [programPath('../main.ts', import.meta.url), 'init', '--no-verify', ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const code = new Promise((done) => child.once('close', done));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
};

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();

const written = [
  '.gameday/.gitignore',
  '.github/workflows/gameday.yml',
  'experiments/connections-held.yaml',
  'gameday.yaml',
  'monitoring/alertmanager.yml',
  'monitoring/alerts.yml',
  'monitoring/prometheus.yml',
  'runbooks/DatabaseConnectionsHogged.md',
];

const options = { proof: 'full', speed: 30, seed: 1, runbook: null } as const;

test('what it writes is a project that can be run, and nothing in it is worth a warning', async () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'schema.sql'), 'select 1');
  const { code, stdout, stderr } = await init(
    folder,
    ...['--command', 'node server.js --db "$DB_URL"', '--database-url-env', 'DB_URL', '--setup', 'schema.sql'],
    ...['--health', '/up', '--metrics', '/prom', '--route', 'GET /a', '--route', 'POST /b {"name":"Ada: 1"}'],
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.split('\n').filter(Boolean).toSorted()).toEqual(written.map((file) => `wrote ${file}`));
  expect(filesIn(folder)).toEqual([...written, 'schema.sql'].toSorted());

  const [planned] = await planAll(openProject(folder, ''), ['connections-held'], options);
  expect(planned?.warnings).toEqual([]);
  expect(planned?.plan.service).toMatchObject({
    command: 'node server.js --db "$DB_URL"',
    env: { DB_URL: '${gameday.databaseUrl}', PORT: '${gameday.port}' },
    health: { path: '/up' },
    metrics: '/prom',
    database: { setup: [{ sql: 'schema.sql' }] },
  });
  expect(planned?.plan.load.routes).toMatchObject([
    { method: 'GET', path: '/a', body: null },
    { method: 'POST', path: '/b', body: '{"name":"Ada: 1"}' },
  ]);
  expect(readFileSync(join(folder, 'monitoring/prometheus.yml'), 'utf8')).toContain('metrics_path: "/prom"');
});

test('a command is all it needs', async () => {
  const folder = emptyFolder();
  expect((await init(folder, '--command', 'npm start')).code).toBe(0);
  const [planned] = await planAll(openProject(folder, ''), ['connections-held'], options);
  expect(planned?.warnings).toEqual([]);
  expect(planned?.plan.service).toMatchObject({ health: { path: null }, metrics: null });
});

test('an image is enough, too, and runs where it can; beside a command it is for the containers only', async () => {
  const folder = emptyFolder();
  expect((await init(folder, '--image', 'shop-api:1')).code).toBe(0);
  const settings = readFileSync(join(folder, 'gameday.yaml'), 'utf8');
  expect(settings).toContain('environment: containers\nservice:\n  image: shop-api:1\n  env:');
  expect(readFileSync(join(folder, '.github/workflows/gameday.yml'), 'utf8')).toContain(
    '      - run: docker build -t shop-api:1 .\n      - run: npx --no-install gameday verify',
  );
  const [planned] = await planAll(openProject(folder, ''), ['connections-held'], { ...options, replica: 'containers' });
  expect(planned?.warnings).toEqual([]);

  const both = emptyFolder();
  expect((await init(both, '--image', 'shop-api:1', '--command', 'npm start')).code).toBe(0);
  expect(readFileSync(join(both, 'gameday.yaml'), 'utf8')).toContain(
    'service:\n  command: npm start\n  image: shop-api:1\n  env:',
  );
});

test('what is there already is kept', async () => {
  const folder = emptyFolder();
  const mine = 'version: 1 # mine\n';
  writeFileSync(join(folder, 'gameday.yaml'), mine);
  const { code, stdout } = await init(folder, '--command', 'npm start');
  expect(code).toBe(0);
  expect(stdout).toContain('kept  gameday.yaml');
  expect(readFileSync(join(folder, 'gameday.yaml'), 'utf8')).toBe(mine);
});

test('a dry run prints every file that is missing and writes none', async () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'gameday.yaml'), 'version: 1\n');
  const { code, stdout } = await init(folder, '--command', 'npm start', '--dry-run');
  expect(code).toBe(0);
  expect(filesIn(folder)).toEqual(['gameday.yaml']);
  expect(stdout.match(/(?<=^# )\S+\/\S+$/gm)?.toSorted()).toEqual(written.filter((file) => file !== 'gameday.yaml'));
  expect(stdout).toContain('kept  gameday.yaml');
});

test('answers that cannot be right are refused before anything is written', async () => {
  const folder = emptyFolder();
  const refused = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await init(folder, ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    return stderr;
  };
  expect(await refused()).toBe(
    "error: gameday init does not know what starts the service\n  try  gameday init --command 'node server.js', or gameday init --image shop-api:1\n",
  );
  expect(await refused('--command', 'a', '--route', 'users')).toContain(
    '--route is "users"; expected a method, a path',
  );
  expect(await refused('--command', 'a', '--health', 'up')).toContain('service.health.path is "up"; expected a path');
  expect(await refused('--command', 'a', '--setup', 'no.sql')).toContain(
    'service.database.setup is no.sql; expected a file',
  );
  expect(existsSync(join(folder, 'gameday.yaml'))).toBe(false);
});

test('on a terminal it asks for what no option says, and an empty line takes what most services have', async () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'package.json'), '{"scripts":{"start":"node server.js"}}');
  const asked: string[] = [];
  const typed = ['', 'DB', '', 'db/a.sql db/b.sql', '', '/metrics', 'GET /a; POST /b text'];
  const terminal: Terminal = {
    out: () => {},
    err: (line) => asked.push(line),
    write: () => {},
    lines: () => {
      const lines = typed.values();
      return { next: async () => lines.next() };
    },
    face: { inputIsTerminal: true, outputIsTerminal: true, columns: 80, rows: 24 },
  };
  expect(await answersFor(folder, {}, terminal)).toEqual({
    command: 'npm start',
    image: null,
    databaseUrlEnv: 'DB',
    portEnv: 'PORT',
    health: null,
    metrics: '/metrics',
    setup: ['db/a.sql', 'db/b.sql'],
    routes: [
      { method: 'GET', path: '/a', body: undefined },
      { method: 'POST', path: '/b', body: 'text' },
    ],
  });
  expect(asked[0]).toBe('What starts your service? [npm start]');
  expect(asked).toHaveLength(7);
  await answersFor(
    folder,
    { command: 'x', databaseUrlEnv: 'A', portEnv: 'B', setup: [], health: '', metrics: '' },
    terminal,
  );
  expect(asked).toHaveLength(8);
});
