import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { seconds, ms } from '../../units.ts';
import { faults } from '../../faults/catalogue.ts';
import type { FaultContext } from '../../faults/fault.ts';
import { undoers } from '../../faults/undoers.ts';
import { openOperatorSession } from '../../probes/operator-session.ts';
import { takeSnapshot } from '../../probes/snapshot.ts';
import { reachOf } from '../../safety/reach.ts';
import type { Undoer } from '../../safety/rollback.ts';
import type { UndoRecord } from '../../safety/undo-log.ts';
import { footprintOf, knowsFootprint } from './footprint.ts';
import { capabilitiesOf, openAttached, type Target } from './attached.ts';
import { openStaging, passwords, type Staging } from './staging.fixture.ts';

let staging: Staging;
beforeAll(async () => void (staging = await openStaging()));
afterAll(async () => await staging?.close());

const service = {
  instances: 1,
  pool: { max: 2, acquireTimeoutMs: ms(300), idleTimeoutMs: seconds(1) },
  work: { browseMs: ms(0), checkoutMs: ms(0) },
};

const opened = async (target: Target) => {
  const environment = await openAttached({ ...target, service, evidenceFolder: staging.folder });
  onTestFinished(async () => await environment[Symbol.asyncDispose]());
  return environment;
};

/** What the server's log shows of a session that is not ours to hide, as an address of the statement. */
const logged = (since: number, application: RegExp): readonly string[] =>
  [
    ...readFileSync(staging.logFile, 'utf8')
      .slice(since)
      .matchAll(/^(.*)\|(\w+)\| LOG:\s+(?:statement|execute <unnamed>): (.*(?:\n\t.*)*)/gm),
  ]
    .filter(([, name = '']) => application.test(name))
    .map(([, , role = '', statement = '']) => `${role}: ${statement.replaceAll(/\s+/g, ' ')}`);
const logEnd = (): number => readFileSync(staging.logFile, 'utf8').length;

describe('a look', () => {
  test('finds who everybody is and what stands there, with the grants that are printed', async () => {
    const target = await staging.target();
    const { server, proxy, troubles } = target.inspection;
    expect(troubles).toEqual([]);
    expect(server).toMatchObject({
      ...{ version: '17.10', clusterName: 'staging', standby: false, marker: null },
      operator: {
        ...{ role: 'gd_operator', superuser: false, reservedSlots: true },
        ...{ monitors: true, endsSessions: true, seesFiles: true, owner: false },
      },
      neighbour: { role: 'reporting', superuser: false, reservedSlots: false },
      connections: { max: 40, reserved: 7 },
    });
    expect(proxy).toMatchObject({ knowsTtl: true, enabled: true, toxics: [] });
    expect(capabilitiesOf(target)).toEqual(['proxy']);
  });

  test('writes nothing', async () => {
    const since = logEnd();
    const { inspection } = await staging.target();
    expect(inspection.server?.wroteNothing).toBe(true);
    const verbs = logged(since, /^gameday check$/).map((each) => each.split(' ')[1]?.toLowerCase());
    expect(new Set(verbs)).toEqual(new Set(['begin', 'select']));
  });

  test('greets nobody who is not on the allow list: a login tells a password', async () => {
    const since = logEnd();
    for (const list of ['hosts: [staging-db], databases: [shop]', 'hosts: [127.0.0.1], databases: [crm]']) {
      const { inspection } = await staging.target(['hosts: [127.0.0.1], databases: [shop]', list]);
      expect(inspection).toMatchObject({ server: null, troubles: [] });
    }
    expect(readFileSync(staging.logFile, 'utf8').slice(since)).toBe('');
  });

  test('says of each address what is wrong with it, and never its password', async () => {
    const { inspection } = await staging.target(
      ['proxy: postgres }', 'proxy: mysql }'],
      ['neighbour: { env: STAGING_NEIGHBOUR_URL }', 'neighbour: { file: wrong }\n      onCall: { file: nowhere }'],
    );
    expect(inspection.troubles).toEqual([
      {
        what: expect.stringMatching(/^neighbour reporting@/),
        why: 'password authentication failed for user "reporting"',
      },
      { what: 'onCall nobody@127.0.0.1:1/shop', why: 'connect ECONNREFUSED 127.0.0.1:1' },
      { what: expect.stringMatching(/^Toxiproxy http:/), why: 'it has no proxy "mysql"; it has postgres' },
    ]);
    expect(JSON.stringify(inspection)).not.toMatch(/sesame|wrong-password/);
  });
});

describe('an attached environment', () => {
  test('leads each role where it belongs: through the proxy as the service, past it directly', async () => {
    const { postgres } = await opened(await staging.target());
    const [through] = staging.toxiproxy.proxies;
    expect(postgres.connectionString('reporting', 'service')).toBe(
      `postgresql://reporting:${passwords.reporting}@${through?.listen}/shop`,
    );
    expect(postgres.connectionString('shop', 'direct')).toBe(
      `postgresql://shop:${passwords.shop}@127.0.0.1:${staging.server.port}/shop`,
    );
    expect(() => postgres.connectionString('oncall_dba', 'direct')).toThrow(
      'no role "oncall_dba" can log in to staging',
    );
  });

  test('has a canary where no service was named: it is served through the proxy, and fails with it', async () => {
    const { service: canary } = await opened(await staging.target());
    const [url = ''] = canary.urls;
    expect((await fetch(`${url}/products`)).status).toBe(200);
    const api = `${staging.toxiproxy.url}/proxies/postgres/toxics`;
    await fetch(api, {
      method: 'POST',
      body: JSON.stringify({ name: 'cut', type: 'timeout', attributes: { timeout: 1 } }),
    });
    onTestFinished(async () => void (await fetch(`${api}/cut`, { method: 'DELETE' })));
    expect((await fetch(`${url}/checkout`, { method: 'POST' })).status).toBe(503);
  });

  test('restarts only by the command that was given, and says what it said', async () => {
    const restart = "      restart: [/bin/sh, -c, 'echo restarted; exit 3']\n    toxiproxy";
    const target = await staging.target(['    toxiproxy', restart]);
    expect(capabilitiesOf(target)).toEqual(['proxy', 'restart-postgres']);
    const environment = await opened(target);
    await expect(environment.restart('postgres')).rejects.toThrow('/bin/sh -c echo restarted; exit 3 failed');
    expect(readFileSync(`${staging.folder}/restart-postgres.log`, 'utf8')).toBe('restarted\n');
    await expect(environment.restart('service')).rejects.toThrow(
      'environment "staging" has no command that restarts service',
    );
    await expect(environment.service.readConfiguration()).rejects.toThrow('has no way to the configuration');
  });
});

test('an operator without rights to hide is looking openly, in one session', async () => {
  const { operatorUrl } = (await opened(await staging.target())).postgres;
  const operator = await openOperatorSession(operatorUrl);
  onTestFinished(async () => await operator[Symbol.asyncDispose]());
  // With the printed grants it sees what a runbook might change, too.
  expect(Object.keys((await takeSnapshot(operator, false)).state)).toContain('who may log in');
  for (let times = 0; times < 3; times++) expect(await operator.truth('select /* SEEN */ true')).toBe(true);
  const sessions = await staging.sql("select query from pg_stat_activity where application_name = 'gameday oracle'");
  expect(sessions).toEqual([{ query: 'select /* SEEN */ true' }]);
});

describe('what is printed of a fault', () => {
  test('is there for every fault', () => {
    expect(Object.keys(faults).filter((fault) => !knowsFootprint(fault))).toEqual([]);
  });

  /** As the printed words: numbers and names of a run are known only then. */
  const general = (statement: string): string =>
    statement
      .replaceAll(/= \$1$/g, "= 'X'")
      .replaceAll(/= '[^']*'$/g, "= 'X'")
      .replace(/^(\w+: set \w+ = )\d+$/, '$1N');

  const injected = async (fault: string, params: unknown) => {
    const target = await staging.target();
    const environment = await opened(target);
    const records: UndoRecord[] = [];
    const context: FaultContext = {
      ...{ environment, tag: 'gameday:test:1', ttlMs: seconds(60), signal: AbortSignal.timeout(20_000) },
      intend: (record) => void records.push(record),
    };
    const held = await faults[fault]!.inject(params, context);
    const reach = reachOf([environment.postgres.operatorUrl, environment.toxiproxy.url]);
    const undo = async (): Promise<void> => {
      await held?.release();
      for (const record of records) {
        const undoer = undoers[record.kind] as Undoer<UndoRecord>;
        const undoing = { acts: undefined, reach, restartWithinMs: 0, signal: AbortSignal.timeout(10_000) };
        await undoer.undo(record, undoing);
        expect(await undoer.verify(record, undoing)).toBe(undefined);
      }
    };
    return { target, records, undo };
  };

  test('holding connections runs the statements that were printed, and no others; its record holds no password', async () => {
    const since = logEnd();
    // More than the server gives at once, so that the service's sessions have to be ended for it.
    const others = await Promise.all(
      Array.from({ length: 25 }, async () => {
        const client = new pg.Client({ connectionString: staging.env['STAGING_SERVICE_URL'] });
        client.on('error', () => {});
        await client.connect();
        return client;
      }),
    );
    onTestFinished(async () => void (await Promise.all(others.map((each) => each.end()))));
    const { target, records, undo } = await injected('hold-connections', { count: 20 });
    await undo();
    const ran = new Set(logged(since, /^(?:gameday[: ](?!check|canary)|nightly-report)/).map(general));
    const printed = footprintOf('hold-connections', { count: 20 }, target);
    expect(printed.sessions).toBe(20);
    const said = printed.acts.map(({ as, what }) => general(`${as.split(',')[0]}: ${what}`));
    expect([...ran].filter((each) => !said.includes(each))).toEqual([]);
    expect(said.filter((each) => !ran.has(each))).toEqual([]);
    expect(JSON.stringify(records)).not.toContain('sesame');
  });

  test('latency is added by the calls that were printed, with an end of its own', async () => {
    const { target, undo } = await injected('add-latency', { delay: 20, jitter: 1 });
    const list = `${staging.toxiproxy.url}/proxies/postgres/toxics`;
    const toxics = (await (await fetch(list)).json()) as Record<string, unknown>[];
    const printed = footprintOf('add-latency', { delay: 20, jitter: 1 }, target).acts.map(({ what }) => what);
    for (const { type, stream, attributes, ttl } of toxics) {
      expect(ttl).toBeGreaterThan(50_000);
      const call = `POST ${list} {"name": "gameday:…", "type": "${String(type)}", "stream": "${String(stream)}", "attributes": `;
      const said = printed.find((each) => each.startsWith(call)) ?? '';
      expect(JSON.parse(said.slice(call.length).replace(/, "ttl": N\}$/, ''))).toEqual(attributes);
    }
    expect(toxics).toHaveLength(2);
    await undo();
    expect(await (await fetch(list)).json()).toEqual([]);
  });
});
