/** A replica without a run, as a person has one: `gameday env up`, `status`, `logs`, `down`. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { gameday, leftBy, scratchProject, untilNothing } from './gameday.fixture.ts';

type Standing = { readonly id: string; readonly kind: string; readonly addresses: Readonly<Record<string, string>> };

const ask = async (folder: string, ...args: readonly string[]) => {
  const run = gameday(folder, 'env', ...args);
  return { code: await run.exited, out: run.stdout(), err: run.stderr() };
};

const nothingUp = { code: 0, out: 'no replica is up; gameday env up starts one\n', err: '' };

test('a replica that is kept says where it is, shows its logs, and is gone after gameday env down', async () => {
  const folder = scratchProject();
  expect(await ask(folder, 'status')).toEqual(nothingUp);
  const up = await ask(folder, 'up', '--keep');
  onTestFinished(async () => void (await ask(folder, 'down')));
  expect(up).toMatchObject({ code: 0, err: '' });
  expect(up.out).toMatch(/^embedded replica \S+ is up\n(?: {2}\S.*\n)+\ngameday env down removes it\n$/);

  const { replicas } = JSON.parse((await ask(folder, 'status', '--json')).out) as { replicas: readonly Standing[] };
  expect(replicas.map(({ kind }) => kind)).toEqual(['embedded']);
  const { id, addresses } = replicas[0]!;
  for (const of of ['prometheus', 'alertmanager']) expect((await fetch(`${addresses[of]}/-/ready`)).status).toBe(200);
  const [shop = ''] = addresses['service']?.split(' ') ?? [];
  expect((await fetch(`${shop}/products`)).status).toBe(200);
  expect(await roleAt(addresses['as the service'])).toBe('shop');
  expect(await roleAt(addresses['as on-call'])).toBe('oncall_dba');

  expect((await ask(folder, 'logs')).out.split('\n')).toContain('access-shop-1');
  expect((await ask(folder, 'logs', 'postgres')).out).toContain('database system is ready to accept connections');
  expect(await ask(folder, 'logs', 'postgre')).toMatchObject({
    code: 2,
    err: expect.stringContaining('error: there is no log "postgre"'),
  });

  expect(await ask(folder, 'down')).toEqual({ code: 0, out: '', err: `embedded replica ${id} is gone\n` });
  expect(await untilNothing(() => leftBy(id))).toEqual([]);
  expect(readdirSync(join(folder, '.gameday/replicas'))).toEqual([]);
  expect(await ask(folder, 'status')).toEqual(nothingUp);
});

/** Pastes it, but for the program: the address and the password in front of it. */
const roleAt = async (pasted = ''): Promise<string> => {
  const [, password = '', address = ''] = /^PGPASSWORD=(\w+) psql '(.*)'$/.exec(pasted) ?? [];
  const client = new pg.Client({ connectionString: address.replace('@', `:${password}@`) });
  await client.connect();
  const { rows } = await client.query<{ role: string }>('select current_user as role');
  await client.end();
  return rows[0]?.role ?? '';
};

test('a replica that was killed is removed by the next command', async () => {
  const folder = scratchProject();
  const up = gameday(folder, 'env', 'up');
  await up.shows('Ctrl-C removes it');
  const [, id = ''] = /replica (\S+) is up/.exec(up.stdout()) ?? [];
  up.child.kill('SIGKILL');
  await up.exited;
  expect(await ask(folder, 'status')).toMatchObject({ code: 0, out: nothingUp.out });
  expect(await untilNothing(() => leftBy(id))).toEqual([]);
});

test('what cannot be started, or is not up, is refused with the next step', async () => {
  const folder = scratchProject();
  expect(await ask(folder, 'up', '--env', 'staging')).toMatchObject({
    code: 2,
    err: 'error: --env is "staging"; what can be started is embedded or containers\n  try  gameday env up --env containers\n',
  });
  expect(await ask(folder, 'logs', 'postgres')).toMatchObject({
    code: 2,
    err: expect.stringContaining('no replica is up'),
  });
  expect(await ask(folder, 'down')).toMatchObject({ code: 0, out: 'no replica is up\n' });
});

test('without Docker, containers are refused with the next step and exit 3', async () => {
  const nowhere = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };
  const folder = scratchProject();
  const installed = hasDocker()
    ? 'error: Docker does not answer (unix:///nowhere/docker.sock)'
    : 'error: docker is not installed here';
  for (const args of [
    ['env', 'up'],
    ['env', 'up', '--keep'],
    ['verify', 'web-stack-outage'],
  ]) {
    const run = gameday(folder, nowhere, ...args, '--env', 'containers');
    expect(await run.exited).toBe(3);
    expect(run.stderr()).toContain(installed);
    expect(run.stderr()).toContain('  try  ');
  }
});

const hasDocker = (): boolean => {
  try {
    execFileSync('docker', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
