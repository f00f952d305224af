import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleepFor } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startClock } from '../../clock.ts';
import { parse } from 'yaml';
import { GamedayError } from '../../errors.ts';
import { openFrontDoor } from '../../load/front-door.ts';
import { openEmbedded } from './embedded.ts';
import { processesOf } from '../removal.ts';
import { openReplica, replicaMonitoring, replicaOptions, type Replica } from '../replica.fixture.ts';

const json = async (url: string): Promise<unknown> => (await fetch(url)).json();

const commandsOf = async (folder: string): Promise<readonly string[]> =>
  (await processesOf(folder)).map(({ command }) => command);

describe('an embedded environment', () => {
  let replica: Replica;
  const opening = new AbortController();
  beforeAll(async () => {
    replica = await openReplica({ signal: opening.signal });
  });
  afterAll(() => replica.remove());

  test('says what it is and what may be done to it', () => {
    const { kind, capabilities, undoId, postgres } = replica.environment;
    expect({ kind, capabilities, undoId }).toEqual({
      kind: 'embedded',
      capabilities: [
        ...['proxy', 'settings', 'restart-postgres', 'prometheus', 'alertmanager'],
        ...['restart-service', 'configure-service', 'shop'],
      ],
      undoId: 'u1',
    });
    expect(postgres).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+$/) as unknown,
      serviceRole: 'shop',
      neighbourRole: 'reporting',
      onCallRole: 'oncall_dba',
    });
  });

  test('shows the end of its logs: the server, the service and the requests of all instances in order', async () => {
    const { environment } = replica;
    for (const url of [...environment.service.urls, ...environment.service.urls]) await fetch(`${url}/products`);
    await expect.poll(async () => (await environment.logTail('access', 10_000)).split('\n').length).toBeGreaterThan(4);
    expect(await environment.logTail('access', 10_000)).toMatch(/^(\S+ - \S+ \[.*\] "GET .* HTTP\/1\.1" \d+ .*\n)+$/);
    expect(await environment.logTail('postgres', 100_000)).toContain('database system is ready to accept connections');
    expect(await environment.logTail('postgres', 200)).toSatisfy((text: string) => text.length <= 200);
    expect(await environment.logTail('shop', 10_000)).toSatisfy((text: string) => text === '' || text.endsWith('\n'));
  });

  test('lets the operator in as superuser past the proxy, and each role with its own rights', async () => {
    const { operatorUrl, connectionString } = replica.environment.postgres;
    const whoAmI = async (url: string): Promise<unknown> => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        const { rows } = await client.query(
          `select current_user as name, current_database() as database, rolsuper as super, inet_server_port() as port
             from pg_roles where rolname = current_user`,
        );
        return rows[0];
      } finally {
        await client.end();
      }
    };
    expect(await whoAmI(operatorUrl)).toEqual({ name: 'postgres', database: 'shop', super: true, port: null });
    for (const role of ['shop', 'oncall_dba', 'monitor', 'reporting'])
      for (const via of ['service', 'direct'] as const)
        expect(await whoAmI(connectionString(role, via))).toMatchObject({ name: role, database: 'shop', super: false });
    const portOf = (url: string): string => new URL(url).port;
    expect(portOf(connectionString('shop', 'service'))).not.toBe(portOf(connectionString('shop', 'direct')));
  });

  test('refuses a role that it does not know and names those it does', () => {
    const asking = (): string => replica.environment.postgres.connectionString('admin', 'direct');
    expect(asking).toThrow('no role "admin" can log in to this environment');
    expect(problemOf(asking)).toMatchObject({ hint: 'use one of shop, oncall_dba, monitor, reporting' });
  });

  test('has a Toxiproxy in the way of the service, and of nobody else', async () => {
    const { toxiproxy, postgres } = replica.environment;
    const proxies = (await json(`${toxiproxy.url}/proxies`)) as Record<string, unknown>;
    expect(proxies).toEqual({
      [toxiproxy.proxy]: {
        name: 'postgres',
        listen: new URL(postgres.connectionString('shop', 'service')).host,
        upstream: new URL(postgres.connectionString('shop', 'direct')).host,
        enabled: true,
        toxics: [],
      },
    });
  });

  test('scrapes everything under the names of the monitoring files, and has the rules of the team', async () => {
    const { prometheusUrl } = replica.environment;
    const targets = async (): Promise<unknown> => {
      const { data } = (await json(`${prometheusUrl}/api/v1/targets`)) as {
        data: { activeTargets: { labels: { job: string; instance: string }; health: string }[] };
      };
      return data.activeTargets.map(({ labels, health }) => `${labels.job} ${labels.instance} ${health}`).toSorted();
    };
    await expect
      .poll(targets, { timeout: 10_000 })
      .toEqual(['postgres postgres-exporter:9187 up', 'shop shop-1:8080 up', 'shop shop-2:8080 up']);
    const evaluated = (await json(`${prometheusUrl}/api/v1/rules`)) as {
      data: { groups: { name: string; rules: { name: string }[] }[] };
    };
    const written = parse(replicaMonitoring().rules['alerts.yml'] ?? '') as {
      groups: { name: string; rules: { alert: string }[] }[];
    };
    expect(evaluated.data.groups.map(({ name, rules }) => [name, rules.map((rule) => rule.name)])).toEqual(
      written.groups.map(({ name, rules }) => [name, rules.map(({ alert }) => alert)]),
    );
  });

  test('has an Alertmanager with the receivers of the team', async () => {
    expect(await json(`${replica.environment.alertmanagerUrl}/api/v2/receivers`)).toMatchObject([
      { name: 'pager' },
      { name: 'tickets' },
    ]);
  });

  test('has a shop that sells', async () => {
    const { urls } = replica.environment.service;
    expect(urls.length).toBe(2);
    for (const url of urls) {
      expect((await fetch(`${url}/products`)).status).toBe(200);
      expect((await fetch(`${url}/checkout`, { method: 'POST' })).status).toBe(201);
    }
  });

  test('does not write passwords where others can read them', async () => {
    const { service } = replica.environment;
    expect(await service.readConfiguration()).toContain('postgresql://shop:');
    const open = readdirSync(replica.folder)
      .filter((name) => /\.json$/.test(name))
      .filter((name) => (statSync(join(replica.folder, name)).mode & 0o077) !== 0);
    expect(open).toEqual([]);
    await service.writeConfiguration(await service.readConfiguration());
    expect(statSync(join(replica.folder, 'shop.json')).mode & 0o077).toBe(0);
  });

  const shops = async (): Promise<readonly number[]> =>
    (await processesOf(replica.folder)).flatMap(({ pid, command }) => (/shop\/main/.test(command) ? [pid] : []));

  test('restarts the service without a failed request, at the same addresses', async () => {
    const { environment } = replica;
    const before = await shops();
    const buyers = shopping(environment.service.urls);
    await environment.restart('service');
    const answers = await buyers.stop();
    expect(answers.failures).toEqual([]);
    expect(answers.succeeded).toBeGreaterThan(20);
    const after = await shops();
    expect([before.length, after.length]).toEqual([2, 2]);
    expect(after.filter((pid) => before.includes(pid))).toEqual([]);
    expect(replica.lost).toEqual([]);
  });

  test('restarts PostgreSQL at the same address, and the service finds it again', async () => {
    const { environment } = replica;
    await environment.restart('postgres');
    await expect
      .poll(async () => (await fetch(`${environment.service.urls[0]}/products`)).status, { timeout: 10_000 })
      .toBe(200);
    expect(replica.lost).toEqual([]);
  });

  test('says which instance did not come up, and restarts once what kept it down is mended', async () => {
    const { environment } = replica;
    const configuration = await environment.service.readConfiguration();
    await environment.service.writeConfiguration(configuration.replace('"max": 4', '"max": 0'));
    await expect(environment.restart('service')).rejects.toThrow(
      /^shop-1 did not start: .*pool: max: Too small: expected number to be >0$/,
    );
    expect((await fetch(`${environment.service.urls[1]}/products`)).status).toBe(200);
    await environment.service.writeConfiguration(configuration);
    await environment.restart('service');
    for (const url of environment.service.urls) expect((await fetch(`${url}/products`)).status).toBe(200);
    expect(replica.lost).toEqual([]);
  });

  test('carries out two restarts of the service one after the other, also after its run was aborted', async () => {
    const { environment } = replica;
    opening.abort();
    await Promise.all([environment.restart('service'), environment.restart('service')]);
    for (const url of environment.service.urls) expect((await fetch(`${url}/products`)).status).toBe(200);
    expect(replica.lost).toEqual([]);
  });

  // The last one, because it ends what the others use.
  test('leaves no process when it is closed, even after restarts that failed, and no folder when it is removed', async () => {
    const { environment, folder } = replica;
    expect((await commandsOf(folder)).length).toBeGreaterThanOrEqual(5);
    await environment[Symbol.asyncDispose]();
    await expect.poll(() => commandsOf(folder), { timeout: 5_000 }).toEqual([]);
    await environment[Symbol.asyncDispose]();
    expect(replica.lost).toEqual([]);
    await replica.remove();
    expect(existsSync(folder)).toBe(false);
  });
});

describe('an environment of which a part does not come up', () => {
  const opened = async (given: Parameters<typeof replicaOptions>[0]): Promise<unknown> => {
    const { options, removeFolder } = replicaOptions({ instances: 1, ...given });
    onTestFinished(removeFolder);
    try {
      await (await openEmbedded(options))[Symbol.asyncDispose]();
      return undefined;
    } catch (error) {
      await expect.poll(() => commandsOf(options.folder), { timeout: 5_000 }).toEqual([]);
      return error;
    }
  };

  test('ends with the reason in the file of the team, and stops what had come up', async () => {
    const monitoring = replicaMonitoring();
    const error = await opened({
      monitoring: {
        ...monitoring,
        alertmanager: monitoring.alertmanager.replace('receiver: pager', 'receiver: nobody'),
      },
    });
    expect(error).toBeInstanceOf(GamedayError);
    expect(error).toMatchObject({ code: 'ENVIRONMENT_FAILED' });
    expect((error as GamedayError).message).toMatch(/^monitoring did not start: .*nobody/s);
  });

  test('refuses a folder whose path is too long for a socket before anything is started in it', async () => {
    const { options, removeFolder } = replicaOptions();
    onTestFinished(removeFolder);
    const folder = join(options.folder, 'x'.repeat(100));
    mkdirSync(folder);
    const error = await opened({ folder });
    expect(error).toMatchObject({ code: 'ENVIRONMENT_FAILED', problems: [{ hint: 'set TMPDIR to a shorter path' }] });
    expect((error as GamedayError).message).toMatch(
      /^the path of PostgreSQL's socket has \d+ bytes, the system allows/,
    );
  });

  test('ends with the reason of its signal when it is aborted while it comes up', async () => {
    const signal = AbortSignal.timeout(300);
    expect(await opened({ signal })).toBe(signal.reason);
  });

  test('does not begin under a signal that is aborted already', async () => {
    expect(await opened({ signal: AbortSignal.abort('enough') })).toBe('enough');
  });
});

const problemOf = (act: () => unknown): unknown => {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as GamedayError).problems[0];
  }
};

type Shopping = { readonly stop: () => Promise<{ succeeded: number; failures: readonly string[] }> };

/** Two visitors who browse without a pause worth mentioning, through the same front door as the load generator's. */
const shopping = (urls: readonly string[]): Shopping => {
  const frontDoor = openFrontDoor(urls, 3_000, startClock());
  const failures: string[] = [];
  let succeeded = 0;
  const stopping = new AbortController();
  const visitor = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const page = { method: 'GET', path: '/products', headers: {} } as const;
      let { problem } = await frontDoor.ask(page);
      // A system may accept for a listener that closes at this moment; what was never read is safe to ask again.
      if (problem === 'ECONNRESET') ({ problem } = await frontDoor.ask(page));
      if (problem === undefined) succeeded++;
      else failures.push(problem);
      await sleepFor(10);
    }
  };
  const visitors = [visitor(), visitor()];
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(visitors);
      frontDoor.close();
      return { succeeded, failures };
    },
  };
};
