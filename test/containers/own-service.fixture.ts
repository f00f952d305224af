/** Services of somebody's as an image: PostGraphile from npm, and a small one whose every setting can be seen. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import { readProjectSettings } from '../../src/documents/project-settings.ts';
import { containersRemove } from '../../src/environments/containers/removal.ts';
import { openContainers } from '../../src/environments/containers/containers.ts';
import type { Environment } from '../../src/environments/environment.ts';
import { newRunId, runFolderFor, makeRunFolder } from '../../src/safety/run-folder.ts';
import { untilNothing } from '../gameday.fixture.ts';
import { everything } from './docker.fixture.ts';

const run = promisify(execFile);
const foreign = 'postgraphile@4.14.1';
export const image = `gameday-test-notes:${process.pid}`;

/** Listens at port 3000, whatever it is told; reads its file anew at SIGHUP. */
const program = `
const { readFileSync } = require('node:fs');
const { Pool } = require('pg');
const { CONFIG, DATABASE_URL, HOST = '0.0.0.0', POOL_MAX = '2' } = process.env;
const started = process.hrtime.bigint().toString();
const max = Number(POOL_MAX);
if (max === 0) { console.error('a pool of nothing'); process.exit(3); }
console.log('a pool of ' + max);
const read = () => (CONFIG === undefined ? null : JSON.parse(readFileSync(CONFIG, 'utf8')));
let file = read();
process.on('SIGHUP', () => { file = read(); });
const pool = new Pool({ connectionString: DATABASE_URL, max });
pool.on('error', () => {});
require('node:http').createServer(async ({ url }, response) => {
  if (url === '/metrics') return response.setHeader('content-type', 'text/plain').end('notes_pool_max ' + max + '\\n');
  if (url === '/settings') return response.end(JSON.stringify({ started, max, file }));
  try {
    const { rows } = await pool.query('select text from notes');
    response.end(JSON.stringify(rows));
  } catch (error) {
    response.writeHead(500).end(String(error.message));
  }
}).listen(3000, HOST);
`;

const filling = `
const { Client } = require('pg');
const client = new Client(process.env.DATABASE_URL);
client.connect().then(() => client.query("insert into notes values ('from a container')")).then(() => client.end());
`;

/**
 * PostGraphile ends when a session is taken from it between two of its steps, as `hold-connections` may; whoever runs it has it
 * started again.
 */
const dockerfile = `FROM node:24-slim
WORKDIR /notes
COPY . .
USER node
CMD while :; do node node_modules/.bin/postgraphile -c "$DATABASE_URL" --host 0.0.0.0 --port "$PORT"; done
`;

/** @returns Why there is none. */
export const makeImage = async (): Promise<string | undefined> => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-image-'));
  try {
    const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', foreign];
    await run('npm', args, { cwd: folder, timeout: 180_000 });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    return `npm does not install ${foreign} here: ${String((error as { stderr?: string }).stderr).slice(0, 300)}`;
  }
  for (const [file, text] of Object.entries({ 'service.cjs': program, 'fill.cjs': filling, Dockerfile: dockerfile }))
    writeFileSync(join(folder, file), text);
  await run('docker', ['build', '--quiet', '--tag', image, folder], { timeout: 120_000 });
  rmSync(folder, { recursive: true, force: true });
  return undefined;
};

export const removeImage = (): Promise<unknown> => run('docker', ['image', 'rm', '--force', image]);

const prometheus = `scrape_configs:
  - { job_name: notes, scrape_interval: 200ms, static_configs: [{ targets: ['service:8080'] }] }
`;

export type Opened = { readonly environment: Environment; readonly lost: readonly string[]; readonly folder: string };

/** As a run opens it. @param service Of gameday.yaml. @param files Of the project. */
export const openImage = async (service: string, files: Readonly<Record<string, string>>): Promise<Opened> => {
  const project = mkdtempSync(join(tmpdir(), 'gd-own-'));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(project, file), text);
  const read = readProjectSettings({ file: 'gameday.yaml', text: `version: 1\nservice:\n${service}` });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const runId = newRunId(new Date());
  const folder = runFolderFor(runId, 'fault');
  makeRunFolder(folder);
  const signal = new AbortController().signal;
  const scope = new AsyncDisposableStack();
  onTestFinished(async () => {
    await scope.disposeAsync();
    await containersRemove.undo({ kind: 'containers.remove', project: folder.split('/').at(-1)! }, { signal });
    for (const each of [folder, project]) rmSync(each, { recursive: true, force: true });
    expect(await untilNothing(everything(runId))).toEqual([]);
  }, 60_000);
  const lost: string[] = [];
  const environment = await openContainers({
    ...{ folder, project, evidenceFolder: project, speed: 30, pager: '127.0.0.1:1', signal },
    service: read.value.service!,
    monitoring: {
      ...{ prometheus, rules: {} },
      alertmanager: 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n',
    },
    load: Promise.resolve('127.0.0.1:1'),
    intend: () => 'u1',
    complete: () => {},
    onLost: (reason) => void lost.push(reason),
  });
  scope.use(environment);
  return { environment, lost, folder: project };
};
