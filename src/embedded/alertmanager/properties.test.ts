/** What holds for whatever alerts, at whatever moments. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ms } from '../../units.ts';
import type { Alert } from './alerts.ts';
import { readConfig } from './config.ts';
import type { Flush, Group } from './group.ts';
import { inhibitedBy } from './inhibition.ts';
import { fingerprint, type Labels } from './labels.ts';
import { notifier } from './notifier.ts';
import { routesFor, routeTree } from './routes.ts';
import { readTemplates } from './templates.ts';
import { noTraffic } from './traffic.ts';
import { versions } from './version.ts';
import type { WouldSend } from './would-send.ts';

const config = readConfig(
  'alertmanager.yml',
  `route:
  receiver: chat
  routes:
    - { receiver: db, matchers: ['team=~"db|storage"'], continue: true, routes: [{ receiver: page, matchers: [severity=page] }] }
    - { receiver: chat, matchers: [severity!=info] }
inhibit_rules:
  - { source_matchers: [severity=page], target_matchers: ['severity=~"page|warn"'], equal: [team] }
receivers: [{ name: chat, slack_configs: [{ send_resolved: true }] }, { name: db }, { name: page }]`,
);

const names = ['a', 'b', 'c', 'd'];
const alertOf = (name: string, isFiring: boolean, nowMs: number): Alert => ({
  fingerprint: name,
  labels: { alertname: name },
  annotations: {},
  startsAt: 0,
  endsAt: isFiring ? nowMs + 1 : nowMs,
  isTimeout: false,
  updatedAt: nowMs,
  generatorURL: '',
});

/** What a group holds at one tick, and which of it is muted then. */
const tick = fc.record({
  alerts: fc.dictionary(fc.constantFrom(...names), fc.boolean()),
  muted: fc.uniqueArray(fc.constantFrom(...names)),
  afterMs: fc.integer({ min: 1, max: 400 }),
});

test('nothing muted is ever told, whatever fires unmuted is known after its flush, and nothing is told without news', async () => {
  const repeatIntervalMs = 1_000;
  const route = { ...routeTree(config.route, versions['0.33']), repeatIntervalMs: ms(repeatIntervalMs) };
  const group: Group = { key: 'g', route, labels: {}, alerts: () => [], insert: () => {}, sweep: () => {} };
  await fc.assert(
    fc.asyncProperty(fc.array(tick, { maxLength: 12 }), async (ticks) => {
      let [nowMs, toldMs] = [1_000, -Infinity];
      let muted: readonly string[] = [];
      let sent: readonly WouldSend[] = [];
      const flush = notifier({
        ...{ receivers: config.receivers, templates: readTemplates([]), traits: versions['0.33'], hosts: {} },
        ...{ externalURL: '', notified: new Map(), traffic: noTraffic(), now: () => nowMs, log: () => {} },
        muting: () => (labels) => ({
          inhibitedBy: [],
          silencedBy: muted.filter((name) => name === labels['alertname']),
        }),
        mutedBy: () => [],
        onWouldSend: (one) => void (sent = [...sent, one]),
      });
      const known = new Map<string, string>();
      for (const { alerts, muted: silenced, afterMs } of ticks) {
        nowMs += afterMs;
        [muted, sent] = [silenced, []];
        const batch = Object.entries(alerts).map(([name, isFiring]) => alertOf(name, isFiring, nowMs));
        const at: Flush = { group, alerts: batch, nowMs, dueMs: nowMs };
        expect(await flush(at, new AbortController().signal)).toBe(true);
        expect(sent.length).toBeLessThanOrEqual(1);
        const told = new Map(
          sent.flatMap((one) => one.alerts.map(({ labels, status }) => [labels['alertname']!, status])),
        );
        expect([...told.keys()].filter((name) => silenced.includes(name))).toEqual([]);
        const isNews = told.size === 0 || [...told].some(([name, status]) => known.get(name) !== status);
        // Whoever was told of more alerts before may be told of fewer: the others were muted then.
        const isFewer = [...known].some(([name, status]) => status === 'firing' && !told.has(name));
        expect(isNews || isFewer || nowMs - toldMs > repeatIntervalMs).toBe(true);
        if (told.size > 0) {
          known.clear();
          for (const [name, status] of told) known.set(name, status);
          toldMs = nowMs;
        }
        const firing = Object.keys(alerts).filter((name) => alerts[name] === true && !silenced.includes(name));
        expect(firing.filter((name) => known.get(name) !== 'firing')).toEqual([]);
      }
    }),
    { numRuns: 300 },
  );
});

const labelsArbitrary = fc.record(
  {
    team: fc.constantFrom('db', 'storage', 'web', ''),
    severity: fc.constantFrom('page', 'warn', 'info'),
    instance: fc.string({ unit: 'grapheme', maxLength: 4 }),
  },
  { requiredKeys: [] },
);

test('every alert goes somewhere, and only where all matchers on the way are its own', () => {
  const root = routeTree(config.route, versions['0.33']);
  fc.assert(
    fc.property(labelsArbitrary, (labels) => {
      const routes = routesFor(root, labels);
      expect(routes).not.toEqual([]);
      for (const { matchers } of routes) expect(matchers.every((each) => each.matches(labels))).toBe(true);
    }),
  );
});

test('who inhibits whom does not depend on the order of alerts, and of those that match both sides nobody inhibits the other', () => {
  const firing = fc.array(labelsArbitrary, { maxLength: 6 });
  fc.assert(
    fc.property(firing, labelsArbitrary, (others, labels) => {
      const alerts = others.map((each, index) => ({ labels: each, fingerprint: String(index) }));
      const by = (list: typeof alerts): string[] =>
        [...inhibitedBy(config.inhibitRules, () => list)(labels)].toSorted();
      expect(by(alerts.toReversed())).toEqual(by(alerts));
      // A page matches both sides, as every source does.
      expect(labels.severity === 'page' ? by(alerts) : []).toEqual([]);
    }),
  );
});

test('a fingerprint is FNV-1a with 64 bits, for any labels', () => {
  const reference = (labels: Labels): string => {
    const bytes = Object.keys(labels)
      .toSorted()
      .flatMap((name) => [...Buffer.from(name), 0xff, ...Buffer.from(labels[name]!), 0xff]);
    const hash = bytes.reduce(
      (value, byte) => BigInt.asUintN(64, (value ^ BigInt(byte)) * 0x100000001b3n),
      0xcbf29ce484222325n,
    );
    return hash.toString(16).padStart(16, '0');
  };
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ minLength: 1 }), fc.string({ unit: 'grapheme' }), { noNullPrototype: true }),
      (labels) => {
        expect(fingerprint(labels)).toBe(reference(labels));
      },
    ),
  );
});
