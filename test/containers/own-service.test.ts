/**
 * Somebody else's service as an image in the containers. PostGraphile has no metrics, so what its users meet is all that the
 * alerts are written on, and the real Prometheus has to come by it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test, type TestContext } from 'vitest';
import type { Environment } from '../../src/environments/environment.ts';
import type { GamedayError } from '../../src/errors.ts';
import { edit, gameday, proven, runsOf, untilNothing, type Report } from '../gameday.fixture.ts';
import { everything, skipped, withoutDocker } from './docker.fixture.ts';
import { image, makeImage, openImage, removeImage } from './own-service.fixture.ts';

let whyNot: string | undefined;
beforeAll(async () => {
  whyNot = withoutDocker ?? (await makeImage());
}, 320_000);
afterAll(async () => {
  if (whyNot === undefined) await removeImage();
});

const skipWithout = ({ skip }: TestContext): void => {
  if (whyNot !== undefined) skip(whyNot);
};

/** As `gameday init` makes it of the image alone. */
const initialised = async (name = image): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-own-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'schema.sql'), 'create table notes (id serial primary key, text text);\n');
  const route = 'POST /graphql {"query":"{ allNotes { totalCount } }"}';
  const init = gameday(folder, 'init', '--no-verify', '--image', name, '--setup', 'schema.sql', '--route', route);
  expect(await init.exited).toBe(0);
  return folder;
};

test(`an image has the verdict that its command has, by what its users meet${skipped}`, async (context) => {
  skipWithout(context);
  const folder = await initialised();
  const verify = await proven(folder, 'verify', '--json');
  const code = await verify.exited;
  const [judged] = (JSON.parse(verify.stdout()) as Report).runs;
  expect(judged?.checks.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
  expect({ code, verdict: judged?.runbook?.verdict }).toEqual({ code: 0, verdict: 'fixed' });
  const runId = runsOf(folder).at(-1) ?? '';
  expect(await untilNothing(everything(runId))).toEqual([]);
  const logs = join(folder, '.gameday/runs', runId, 'fault');
  expect(readFileSync(join(logs, 'service.log'), 'utf8')).toContain('PostGraphile');
});

const small = `
  image: { name: '${image}', command: [node, service.cjs], port: 3000 }
  env: { DATABASE_URL: '\${gameday.databaseUrl}', POOL_MAX: 3 }
  health: { path: /settings, within: 5s }
  database: { setup: [{ sql: schema.sql }, { command: node fill.cjs }] }
  traffic: { rate: 5/s, routes: [{ GET: /notes, expect: { contains: from a container } }] }
`;
const schema = { 'schema.sql': 'create table notes (text text);\n' };

type Settings = { readonly started: string; readonly max: number; readonly file: unknown };
const settingsAt = async ({ service }: Environment): Promise<Settings> =>
  (await (await fetch(`${service.urls[0]}/settings`)).json()) as Settings;

test(`it takes changed variables with its next restart, also after one that it does not survive${skipped}`, async (context) => {
  skipWithout(context);
  const changeable = small.replace('health:', 'metrics: /metrics\n  configure: { env: [POOL_MAX] }\n  health:');
  const { environment, lost, folder } = await openImage(changeable, schema);
  const { service, restart } = environment;
  expect(JSON.parse(await service.readConfiguration())).toEqual({ POOL_MAX: 3 });
  // The monitoring files know it by one port, whichever it listens at.
  const query = `${environment.prometheusUrl}/api/v1/query?query=${encodeURIComponent('notes_pool_max{instance="service:8080"}')}`;
  const scraped = async (): Promise<string> => (await fetch(query)).text();
  await expect.poll(scraped, { timeout: 10_000 }).toContain('"3"]');

  await service.writeConfiguration('{ "POOL_MAX": 7 }');
  expect((await settingsAt(environment)).max).toBe(3);
  await restart('service');
  expect((await settingsAt(environment)).max).toBe(7);

  await service.writeConfiguration('{ "POOL_MAX": 0 }');
  await expect(restart('service')).rejects.toMatchObject({
    message: 'after its restart the service ended with status 3',
    problems: [{ hint: 'its log ends: a pool of nothing' }],
  });
  await service.writeConfiguration('{ "POOL_MAX": 2 }');
  await restart('service');
  expect((await settingsAt(environment)).max).toBe(2);
  expect(await environment.logTail('shop', 10_000)).toBe('a pool of 3\na pool of 7\na pool of nothing\na pool of 2\n');
  expect(lost).toEqual([]);
  expect(readFileSync(join(folder, 'setup-2.log'), 'utf8')).toBe('');
});

test(`it reads a copy of its file, and restarts by a command of its own in its container${skipped}`, async (context) => {
  skipWithout(context);
  const { environment, folder } = await openImage(
    small
      .replace('POOL_MAX: 3', "CONFIG: '${gameday.configFile}'")
      .replace('health:', 'configure: { file: app.json }\n  restart: kill -HUP $GAMEDAY_SERVICE_PID\n  health:'),
    { ...schema, 'app.json': '{"limit":1}' },
  );
  const before = await settingsAt(environment);
  expect(before.file).toEqual({ limit: 1 });
  await environment.service.writeConfiguration('{"limit":2}');
  expect(await environment.service.readConfiguration()).toBe('{"limit":2}');
  await environment.restart('service');
  await expect.poll(() => settingsAt(environment)).toEqual({ ...before, file: { limit: 2 } });
  expect(readFileSync(join(folder, 'app.json'), 'utf8')).toBe('{"limit":1}');
});

test(`nothing is broken where it is not the service that is to be drilled${skipped}`, async (context) => {
  skipWithout(context);
  const wrong = async (from: string, to: string): Promise<string> => {
    const error = await openImage(small.replace('within: 5s', 'within: 2s').replace(from, to), schema).then(
      () => undefined,
      (thrown: GamedayError) => thrown,
    );
    return `${error?.message} | ${error?.problems[0]?.hint}`;
  };
  const [deaf, elsewhere, unfilled] = await Promise.all([
    wrong('POOL_MAX: 3', 'HOST: localhost'),
    wrong('GET: /notes, expect: { contains: from a container }', 'GET: /settings'),
    wrong('node fill.cjs', 'node nothing.cjs'),
  ]);
  expect(deaf).toContain('is not healthy within 2 s: GET /settings on port 3000: nothing listens | in a container');
  expect(elsewhere).toContain('it has opened no session in the replica\'s database "app" | hand it ');
  expect(unfilled).toContain('setup-2 (node nothing.cjs) ended with status 1 | its log ends: ');
  expect(unfilled).toContain('Cannot find module');
});

test(`an image that is not there is named before a run begins, and an image alone has no embedded replica${skipped}`, async (context) => {
  skipWithout(context);
  const folder = await initialised('gameday-test-nowhere:1');
  const missing = gameday(folder, 'verify');
  expect(await missing.exited).toBe(3);
  expect(missing.stderr()).toContain(`error: Docker has no image gameday-test-nowhere:1
  at   gameday.yaml:4:1
  try  docker build -t gameday-test-nowhere:1 .`);
  expect(runsOf(folder)).toEqual([]);
  const embedded = gameday(folder, 'verify', '--env', 'embedded');
  expect(await embedded.exited).toBe(2);
  expect(embedded.stderr()).toContain('the service of gameday.yaml is only an image');
  edit(folder, 'gameday.yaml', 'image: gameday-test-nowhere:1', 'command: npm start');
  const containers = gameday(folder, 'verify');
  expect(await containers.exited).toBe(2);
  expect(containers.stderr()).toContain('the service of gameday.yaml is only a command');
});
