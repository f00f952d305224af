import { describe, expect, test } from 'vitest';
import { readProjectSettings } from '../documents/project-settings.ts';
import type { Logins } from '../environments/attached/address.ts';
import type { Inspection, ServerFacts } from '../environments/attached/inspection.ts';
import { minutes } from '../units.ts';
import { productionSigns, refusals, rules, type Asked, type Guarded } from './guards.ts';

const read = readProjectSettings({
  file: 'gameday.yaml',
  text: `version: 1
environments:
  staging:
    kind: attached
    postgres: { operator: { env: A }, service: { env: B }, neighbour: { env: C } }
    toxiproxy: { url: 'http://staging-db:8474', proxy: postgres }
    allow: { hosts: [staging-db], databases: [shop] }
    blastRadius: { connections: 20, proxies: [postgres], duration: 10m }
`,
});
const settings = (read.ok ? read.value.environments['staging'] : undefined)!;

const login = (role: string, port: number): Logins['operator'] => ({
  url: `postgresql://${role}@staging-db:${port}/shop`,
  ...{ host: 'staging-db', port, role, database: 'shop' },
});
const logins: Logins = {
  operator: login('gd_operator', 5432),
  service: login('shop', 5433),
  neighbour: login('reporting', 5432),
  onCall: null,
};
const server: ServerFacts = {
  version: '17.10',
  versionNumber: 170_010,
  clusterName: 'staging',
  cluster: '7711',
  standby: false,
  operator: {
    ...{ role: 'gd_operator', superuser: false, reservedSlots: true },
    ...{ monitors: true, endsSessions: true, seesFiles: true, owner: false },
  },
  neighbour: { role: 'reporting', superuser: false, reservedSlots: false },
  connections: { max: 100, reserved: 10, used: 20, usedByOthers: 15 },
  comment: null,
  marker: { environment: 'staging', cluster: '7711' },
  clockAheadMs: 0,
  wroteNothing: true,
};
const proxy = {
  ...{ version: '2.12.0', knowsTtl: true, listen: '0.0.0.0:5433', upstream: 'staging-db:5432' },
  ...{ enabled: true, toxics: [] },
};
const inspection: Inspection = { server, proxy, troubles: [], asked: [] };
const target: Guarded = { name: 'staging', settings, logins, inspection, capabilities: ['proxy'] };

const place = { file: 'experiments/x.yaml', line: 14, column: 5 };
const asked: Asked = {
  experiment: 'x',
  at: { file: 'experiments/x.yaml', line: 1, column: 1 },
  needs: ['proxy'],
  connections: { count: 20, at: place },
  holds: true,
  followsRunbook: true,
  proxies: ['postgres'],
  lastsMs: minutes(10),
  faults: [{ fault: 'add-latency', expires: 'by proxy ttl', at: place }],
};

const withServer = (change: Partial<ServerFacts>): Guarded => ({
  ...target,
  inspection: { ...inspection, server: { ...server, ...change } },
});
const told = (of: Guarded, ...each: readonly Asked[]): readonly string[] =>
  refusals(of, each).map(({ rule, message }) => `${rule}: ${message}`);

test('what satisfies every rule at its edge is not refused', () => {
  expect(refusals(target, [asked])).toEqual([]);
});

test('a refusal has its rule, its place and the way to satisfy it', () => {
  expect(refusals(target, [{ ...asked, connections: { count: 21, at: place } }])).toEqual([
    {
      rule: 'blast-radius',
      message: 'x asks for 21 connections; environment "staging" allows 20',
      at: place,
      hint: 'ask for fewer, or raise environments.staging.blastRadius.connections in gameday.yaml',
    },
  ]);
});

describe('refused is', () => {
  test('what cannot be reached', () => {
    const unreached = { ...inspection, server: null, troubles: [{ what: 'operator a@b', why: 'ECONNREFUSED' }] };
    expect(told({ ...target, inspection: unreached })).toEqual(['reachable: operator a@b: ECONNREFUSED']);
  });

  test('a host or a database that is not on the allow list, whoever logs in there', () => {
    const elsewhere = { ...logins, neighbour: { ...login('reporting', 5432), host: 'db', database: 'crm' } };
    expect(told({ ...target, logins: elsewhere })).toEqual([
      'allow-list: neighbour leads to db:5432; environment "staging" allows staging-db',
      'allow-list: neighbour leads to database crm; environment "staging" allows shop',
    ]);
  });

  test('a host that is allowed with its port, at another port', () => {
    const narrow = { ...settings, allow: { hosts: ['staging-db:5432'], databases: ['shop'] } };
    expect(told({ ...target, settings: narrow })).toEqual([
      'allow-list: service leads to staging-db:5433; environment "staging" allows staging-db:5432',
    ]);
  });

  test.each([
    [{ marker: null }, 'database shop at staging-db carries no marker: its owner has not opted in'],
    [
      { marker: { environment: 'staging', cluster: '1' } },
      'the marker of database shop is that of another cluster (1, this is 7711): it came with a copy',
    ],
    [
      { marker: { environment: 'test', cluster: '7711' } },
      'database shop is marked for environment "test", not "staging"',
    ],
    [{ standby: true }, 'staging-db is a standby: nobody can mark it, or hold a lock there'],
  ])('a database whose marker is not its own: %j', (change, message) => {
    expect(told(withServer(change))).toEqual([`marker: ${message}`]);
  });

  test('an operator that goes through the proxy', () => {
    const same = { ...logins, operator: login('gd_operator', 5433) };
    expect(told({ ...target, logins: same })).toEqual([
      'past-the-proxy: operator goes where the service goes, staging-db:5433: a fault on the proxy would lock out its own undo',
    ]);
  });

  test('one role for two uses: sessions are told apart by it', () => {
    const shared = { ...logins, neighbour: login('gd_operator', 5432) };
    expect(told({ ...target, logins: shared })).toEqual([
      'own-roles: operator is gd_operator, service is shop, neighbour is gd_operator: who ends the sessions of one would end those of another',
    ]);
  });

  test.each([
    [{ superuser: true, reservedSlots: false }, 'is a superuser'],
    [{ superuser: false, reservedSlots: true }, 'may use reserved slots'],
  ])('a role that holds connections and would take the last ones: %j', (rights, why) => {
    expect(told(withServer({ neighbour: { role: 'reporting', ...rights } }))).toEqual([
      `not-superuser: reporting holds connections, and ${why}: it would take the slots that are kept for help`,
    ]);
  });

  test('an experiment that needs what is not there, by name', () => {
    expect(told(target, { ...asked, needs: ['proxy', 'prometheus', 'restart-postgres'] })).toEqual([
      'capability: x needs prometheus, restart-postgres; environment "staging" cannot do that',
    ]);
  });

  test('holding connections where nobody was named to hold them', () => {
    expect(told({ ...target, logins: { ...logins, neighbour: null } }, asked)).toEqual([
      'capability: x holds connections; environment "staging" names no role that may',
    ]);
    expect(told({ ...target, logins: { ...logins, neighbour: null } }, { ...asked, holds: false })).toEqual([]);
  });

  test('following a runbook where nobody would see what it changes', () => {
    const blind = withServer({ operator: { ...server.operator, seesFiles: false } });
    expect(told(blind, asked)).toEqual([
      'capability: x follows a runbook, and gd_operator may not see which settings it changes',
    ]);
    expect(told(blind, { ...asked, followsRunbook: false })).toEqual([]);
  });

  test('a fault that nothing on the target ends', () => {
    const original = { ...target, inspection: { ...inspection, proxy: { ...proxy, knowsTtl: false } } };
    const never = { fault: 'lower-connection-limit', expires: 'never', at: place } as const;
    const sessions = { fault: 'hold-connections', expires: 'with its sessions', at: place } as const;
    expect(told(original, { ...asked, faults: [...asked.faults, never, sessions] })).toEqual([
      'expiry: add-latency does not end by itself: this Toxiproxy knows no time to live (gameday toxiproxy does)',
      'expiry: lower-connection-limit does not end by itself: nothing but its undo ends it',
    ]);
    expect(told(withServer({ versionNumber: 130_000 }), { ...asked, faults: [sessions] })).toEqual([
      'expiry: hold-connections does not end by itself: before PostgreSQL 14 a session can outlive the client that is gone',
    ]);
    const accepting = { ...original, settings: { ...settings, accept: ['add-latency', 'lower-connection-limit'] } };
    expect(told(accepting, { ...asked, faults: [...asked.faults, never] })).toEqual([]);
  });

  test('a proxy, or a time, beyond the declared blast radius', () => {
    const narrow = { ...settings, blastRadius: { ...settings.blastRadius, proxies: [] } };
    expect(told({ ...target, settings: narrow }, { ...asked, lastsMs: minutes(11) })).toEqual([
      'blast-radius: x slows proxy postgres; environment "staging" allows none',
      'blast-radius: x may last 11m; environment "staging" allows 10m',
    ]);
  });

  test('taking slots that others than the service are using', () => {
    const busy = { connections: { max: 100, reserved: 10, used: 80, usedByOthers: 71 } };
    expect(told(withServer(busy), asked)).toEqual([
      'blast-radius: x asks for 20 connections; others than the service leave 19 of 90',
    ]);
  });

  test('holding so many that an operator without reserved slots could not get in to undo', () => {
    const poor = { ...server.operator, reservedSlots: false };
    const connections = { max: 45, reserved: 10, used: 20, usedByOthers: 11 };
    expect(told(withServer({ operator: poor, connections }), asked)).toEqual([
      'way-in: x leaves 4 free slots, and gd_operator may not use reserved ones: its undo could be locked out',
    ]);
    expect(told(withServer({ operator: poor, connections: { ...connections, usedByOthers: 10 } }), asked)).toEqual([]);
    expect(told(withServer({ connections }), asked)).toEqual([]);
  });
});

test('everything that is broken is told at once, in the order of the rules', () => {
  const bad = withServer({ marker: null, neighbour: { role: 'reporting', superuser: true, reservedSlots: true } });
  const much = { ...asked, needs: ['settings'], connections: { count: 99, at: place } } as const;
  const found = refusals({ ...bad, logins: { ...logins, operator: login('gd_operator', 5433) } }, [much]);
  const order = found.map(({ rule }) => rules.indexOf(rule as (typeof rules)[number]));
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  expect(new Set(found.map(({ rule }) => rule))).toEqual(
    new Set(['marker', 'past-the-proxy', 'not-superuser', 'capability', 'blast-radius']),
  );
});

test.each(['prod', 'shop-production-2', 'db.live.example.org', 'pg-primary', 'PRD1', 'master'])(
  '%s looks like production',
  (host) => {
    const named = { ...target, logins: { ...logins, operator: { ...logins.operator, host } } };
    expect(productionSigns(named)).toEqual([`host ${host}`]);
  },
);

test.each(['product-search', 'reproduction', 'delivery', 'nonprod', 'staging', 'mastery'])(
  '%s does not look like production',
  (host) => {
    const named = { ...target, logins: { ...logins, operator: { ...logins.operator, host } } };
    expect(productionSigns(named)).toEqual([]);
  },
);

test('a database and a cluster by such a name look like production, too', () => {
  const named = withServer({ clusterName: '17/production' });
  const logged = { ...logins, operator: { ...logins.operator, database: 'live' } };
  expect(productionSigns({ ...named, logins: logged })).toEqual(['database live', 'cluster_name 17/production']);
});
