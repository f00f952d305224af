import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { readProjectSettings } from '../../documents/project-settings.ts';
import type { OwnService } from '../../documents/service-settings.ts';
import { freePort } from '../../embedded/free-port.ts';
import { openPostgres, type PostgresServer } from '../../embedded/postgres/postgres.ts';
import { asOperator } from '../../faults/operator.ts';
import { ownService } from './own-service.ts';
import { processesOf } from '../removal.ts';
import { replicaSettings } from '../replica-settings.ts';
import type { RunningService } from '../service.ts';

/** A service as a team might have one; it shares no code with `src/`. */
const program = `
const { createServer } = require('node:http');
const pg = require(${JSON.stringify(createRequire(import.meta.url).resolve('pg'))});
const file = process.env.CONFIG === undefined ? {} : JSON.parse(require('node:fs').readFileSync(process.env.CONFIG, 'utf8'));
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL_MAX ?? 2) });
pool.on('error', () => {});
console.log('the service starts');
process.on('SIGHUP', () => { file.reloaded = true; });
createServer(async (request, response) => {
  if (request.url === '/health') return response.end('ok');
  if (request.url === '/settings') return response.end(JSON.stringify({ pid: process.pid, max: pool.options.max, file }));
  if (request.url !== '/notes') return response.writeHead(404).end();
  try {
    const { rows } = await pool.query('select text from notes');
    response.end(JSON.stringify(rows));
  } catch (error) {
    response.writeHead(500).end(String(error.message));
  }
}).listen(Number(process.env.PORT), process.env.HOST);
`;

const yaml = `version: 1
service:
  command: node service.cjs
  env: { DATABASE_URL: '\${gameday.databaseUrl}', PORT: '\${gameday.port}', POOL_MAX: 3 }
  health: { path: /health, within: 5s }
  database: { setup: [{ sql: schema.sql }] }
  traffic: { rate: 5/s, routes: [{ GET: /notes, expect: { contains: first } }] }
`;

let server: PostgresServer;
let above: string;
let port: number;
beforeAll(async () => {
  above = mkdtempSync(join(tmpdir(), 'gd-own-'));
  port = await freePort();
  server = await openPostgres({
    folder: join(above, 'pg'),
    logFile: join(above, 'pg.log'),
    port,
    settings: replicaSettings,
  });
}, 30_000);
afterAll(async () => {
  await server.stop();
  rmSync(above, { recursive: true, force: true });
});

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'gd-own-project-'));
  onTestFinished(() => rmSync(project, { recursive: true, force: true }));
  writeFileSync(join(project, 'service.cjs'), program);
  writeFileSync(
    join(project, 'schema.sql'),
    "create table notes (text text);\ninsert into notes values ('the first');",
  );
});

const settingsOf = (text: string): OwnService => {
  const read = readProjectSettings({ file: 'gameday.yaml', text });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.value.service!;
};

type Opened = { readonly running: Promise<RunningService>; readonly folder: string; readonly lost: string[] };

/** As the embedded environment does it, in a database of its own, with the server itself in the place of the proxy. */
const open = async (text = yaml): Promise<Opened> => {
  const folder = mkdtempSync(join(above, 'run-'));
  const children = new Set<{ stop: () => Promise<void> }>();
  const lost: string[] = [];
  onTestFinished(async () => {
    await Promise.all([...children].map((child) => child.stop()));
    expect(await processesOf(folder)).toEqual([]);
  });
  const service = ownService(settingsOf(text), project, {
    folder,
    log: (name) => join(folder, `${name}.log`),
    opening: () => undefined,
    onLost: (reason) => lost.push(reason),
    keep: (child) => void children.add(child),
    letGo: (child) => void children.delete(child),
  });
  await asOperator(server.operatorUrl, async (client) => {
    await client.query('drop database if exists app with (force)');
    await client.query('drop role if exists app');
    await client.query("create role app login password 'secret'");
    await client.query('create database app');
  });
  const operatorUrl = server.operatorUrl.replace('/postgres?', '/app?');
  await service.fill(operatorUrl);
  const url = `postgresql://app:secret@127.0.0.1:${port}/app`;
  const access = { url, host: '127.0.0.1', port, user: 'app', password: 'secret' };
  const running = service.start(access, Promise.resolve({ operatorUrl }));
  running.catch(() => {});
  return { running, folder, lost };
};

const settingsAt = async ({ urls }: RunningService): Promise<{ pid: number; max: number; file: unknown }> =>
  (await fetch(`${urls[0]}/settings`)).json() as never;

describe("a team's own service", () => {
  test('is told where its database is, which was filled before, and is at home in its folder', async () => {
    const { running, lost } = await open();
    const service = await running;
    expect(service.hosts).toEqual({ 'service:8080': new URL(service.urls[0]!).host });
    expect(await (await fetch(`${service.urls[0]}/notes`)).json()).toEqual([{ text: 'the first' }]);
    expect(await service.logTail('shop', 1_000)).toContain('the service starts');
    expect(await service.logTail('access', 1_000)).toBe('');

    // A restart is a stop and a start, at the same address.
    const before = await settingsAt(service);
    await service.restart();
    expect((await settingsAt(service)).pid).not.toBe(before.pid);
    expect(lost).toEqual([]);
    await expect(service.readConfiguration()).rejects.toThrow('no configuration that gameday may change');
  });

  test('restarts by a command of its own, which is told its process', async () => {
    const { running } = await open(
      yaml
        .replace('health:', 'restart: kill -HUP $GAMEDAY_SERVICE_PID\n  health:')
        .replace('node service', 'exec node service'),
    );
    const service = await running;
    const before = await settingsAt(service);
    await service.restart();
    await expect.poll(() => settingsAt(service)).toEqual({ ...before, file: { reloaded: true } });
  });

  test('takes changed variables with its next restart', async () => {
    const { running } = await open(yaml.replace('health:', 'configure: { env: [POOL_MAX] }\n  health:'));
    const service = await running;
    expect(JSON.parse(await service.readConfiguration())).toEqual({ POOL_MAX: 3 });
    await service.writeConfiguration('{ "POOL_MAX": 7 }');
    expect((await settingsAt(service)).max).toBe(3);
    await service.restart();
    expect((await settingsAt(service)).max).toBe(7);
  });

  test('reads a copy of its configuration file, so that the one in the project stays as it is', async () => {
    writeFileSync(join(project, 'app.json'), '{"limit":1}');
    const { running } = await open(
      yaml
        .replace('POOL_MAX: 3', "CONFIG: '${gameday.configFile}'")
        .replace('health:', 'configure: { file: app.json }\n  health:'),
    );
    const service = await running;
    await service.writeConfiguration('{"limit":2}');
    await service.restart();
    expect((await settingsAt(service)).file).toEqual({ limit: 2 });
    expect(readFileSync(join(project, 'app.json'), 'utf8')).toBe('{"limit":1}');
  });

  test('is found where it listens on localhost and nowhere else', async () => {
    const { running } = await open(yaml.replace('POOL_MAX: 3', 'HOST: localhost'));
    expect((await fetch(`${(await running).urls[0]}/health`)).status).toBe(200);
  });

  test('is lost when it ends by itself, and takes what it started with it', async () => {
    const { running, lost } = await open(yaml.replace('node service.cjs', 'sleep 1000 & node service.cjs'));
    process.kill((await settingsAt(await running)).pid, 'SIGKILL');
    await expect.poll(() => lost).toEqual(['the service ended with status 137; its log ends: the service starts']);
  });
});

describe('nothing is broken where', () => {
  const wrong = async (text: string): Promise<string> => {
    const { running } = await open(text);
    const error = await running.then(
      () => new Error('it came up'),
      (thrown: Error) => thrown,
    );
    return error.message
      .replaceAll(above, '')
      .replaceAll(project, '')
      .replace(/port \d+/, 'port N');
  };

  test('it ends, or never listens', async () => {
    expect(await wrong(yaml.replace('node service.cjs', 'echo no; exit 3'))).toBe(
      'the service (echo no; exit 3) ended with status 3',
    );
    expect(await wrong(yaml.replace('node service.cjs', 'exec sleep 100').replace('within: 5s', 'within: 300ms'))).toBe(
      'the service (exec sleep 100) is not healthy within 0.3 s: GET /health on port N: nothing listens',
    );
  });

  test('a route is not answered as it should be, although nothing is wrong yet', async () => {
    const short = yaml.replace('within: 5s', 'within: 1500ms');
    expect(await wrong(short.replace('GET: /notes', 'GET: /nots'))).toBe(
      'before anything was broken, GET /nots answers 404',
    );
    expect(await wrong(short.replace('contains: first', 'contains: second'))).toBe(
      'before anything was broken, GET /notes answers without the text "second": "[{\\"text\\":\\"the first\\"}]"',
    );
  });

  test('it uses another database than the one that will be broken', async () => {
    const elsewhere = `postgresql://postgres@localhost/postgres?host=${join(above, 'pg', 's')}&port=${port}`;
    const text = yaml
      .replace("'${gameday.databaseUrl}'", `'${elsewhere}', UNUSED: '\${gameday.databaseUrl}'`)
      .replace('GET: /notes, expect: { contains: first }', 'GET: /settings');
    expect(await wrong(text)).toBe(`the service answers, but it has opened no session in the replica's database "app"`);
  }, 15_000);

  test('its database cannot be filled: with the place in the file, or the words of the command', async () => {
    writeFileSync(join(project, 'schema.sql'), 'create table notes (text text);\ncreate tabel x ();');
    expect(await wrong(yaml)).toBe('/schema.sql cannot be run: syntax error at or near "tabel"');
    expect(await wrong(yaml.replace('sql: schema.sql', 'command: echo no; exit 4'))).toBe(
      'setup-1 (echo no; exit 4) ended with status 4',
    );
  });

  test('a secret is not there', async () => {
    const text = yaml.replace('POOL_MAX: 3', "KEY: '${env.GAMEDAY_TEST_NO_SUCH_VARIABLE}'");
    expect(await wrong(text)).toBe(
      'gameday.yaml: ${env.GAMEDAY_TEST_NO_SUCH_VARIABLE}: the variable GAMEDAY_TEST_NO_SUCH_VARIABLE is not set',
    );
  });

  test("the team's own load ends before the trial does", async () => {
    const { running, lost, folder } = await open(
      yaml
        .replace('rate: 5/s', 'command: "echo $URL >load.txt", rate: 5/s')
        .replace('POOL_MAX: 3', "URL: '${gameday.serviceUrl}'"),
    );
    const { urls } = await running;
    await expect.poll(() => lost).toEqual([expect.stringMatching(/^the load \(.*\) ended with status 0; see /)]);
    expect(readFileSync(join(project, 'load.txt'), 'utf8').trim()).toBe(urls[0]!.replace('127.0.0.1', 'localhost'));
    expect(existsSync(join(folder, 'load.log'))).toBe(true);
  });
});
