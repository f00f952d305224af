import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { compressAlertmanager, compressPrometheus, compressRules } from './speed.ts';

const lines = (...text: readonly string[]): string => `${text.join('\n')}\n`;
const ours = (name: string): string => readFileSync(new URL(`../../monitoring/${name}`, import.meta.url), 'utf8');

describe('a rule file at 30 times its speed', () => {
  test('has every duration of a rule divided; thresholds, texts and comments stay', () => {
    const written = lines(
      '# The rules of the shop.',
      'groups:',
      '  - name: shop # all of them',
      '    interval: 15s',
      '    rules:',
      '      # Only real customers count.',
      '      - alert: ErrorRateHigh',
      '        expr: |',
      '          sum(rate(failed_total[5m] offset 1m)) # failed',
      '            / sum(rate(asked_total[5m])) > 0.05',
      '        for: 10m',
      '        keep_firing_for: 5m',
      "        labels: { severity: page, window: '5m' }",
      "        annotations: { summary: 'more than 5% in 5m', for: 10m }",
      '      - record: job:up:avg',
      '        expr: avg_over_time(up[30m:1m])',
    );
    expect(compressRules(written, 30)).toEqual({
      uncompressed: [],
      text: lines(
        '# The rules of the shop.',
        'groups:',
        '  - name: shop # all of them',
        '    interval: 500ms',
        '    rules:',
        '      # Only real customers count.',
        '      - alert: ErrorRateHigh',
        '        expr: |',
        '          sum(rate(failed_total[10s] offset 2s)) # failed',
        '            / sum(rate(asked_total[10s])) > 0.05',
        '        for: 20s',
        '        keep_firing_for: 10s',
        "        labels: { severity: page, window: '5m' }",
        "        annotations: { summary: 'more than 5% in 5m', for: 10m }",
        '      - record: job:up:avg',
        '        expr: avg_over_time(up[1m:2s])',
      ),
    });
  });

  test('leaves a rule alone that would mean something else, and names it with the reason', () => {
    const rule = (alert: string, expr: string, duration: string): readonly string[] => [
      `      - alert: ${alert}`,
      `        expr: ${expr}`,
      `        for: ${duration}`,
    ];
    const written = lines(
      'groups:',
      '  - name: a',
      '    rules:',
      ...rule('Restarted', 'changes(start_time_seconds[1m]) > 0', '1m'),
      ...rule('Slow', 'rate(busy_seconds_total[1m]) > 0.5', '1m'),
      '      - record: age',
      '        expr: time() - start_time_seconds',
    );
    const { text, uncompressed } = compressRules(written, 30);
    expect(uncompressed).toEqual([
      { rule: 'Restarted', reason: 'changes counts over a window, and a shorter window holds less' },
      { rule: 'age', reason: 'time reads the real clock, which cannot be compressed' },
    ]);
    expect(text).toBe(
      written.replace(
        'rate(busy_seconds_total[1m]) > 0.5\n        for: 1m',
        'rate(busy_seconds_total[2s]) > 0.5\n        for: 2s',
      ),
    );
  });

  test('does not touch labels and annotations that are called like a duration', () => {
    const written = lines(
      'groups:',
      '  - name: a',
      '    labels: { interval: 1h }',
      '    rules:',
      '      - alert: X',
      '        expr: up == 0',
      '        labels: { interval: 1h, query_offset: 5m }',
      '        annotations: { interval: 1h }',
    );
    expect(compressRules(written, 30).text).toBe(written);
  });

  test('divides what an anchor shares in every place that uses it', () => {
    const written = lines(
      'groups:',
      '  - name: a',
      '    rules:',
      '      - &first { alert: X, expr: &expr "rate(a[1m]) > 1", for: &for 1m }',
      '      - { alert: Y, expr: *expr, for: *for }',
      '      - { alert: Z, <<: *first }',
    );
    const { groups } = parse(compressRules(written, 30).text, { merge: true }) as {
      groups: [{ rules: readonly { expr: string; for: string }[] }];
    };
    expect(groups[0].rules.map(({ expr, for: duration }) => `${expr} for ${duration}`)).toEqual([
      'rate(a[2s]) > 1 for 2s',
      'rate(a[2s]) > 1 for 2s',
      'rate(a[2s]) > 1 for 2s',
    ]);
  });

  test('never asks for less than 10 ms, and leaves 0 as it is', () => {
    const rule = (duration: string): string =>
      `groups: [{ name: a, rules: [{ alert: X, expr: up == 0, for: ${duration} }] }]`;
    const written = (duration: string): unknown => parse(compressRules(rule(duration), 30).text);
    expect(written('100ms')).toEqual(parse(rule('10ms')));
    expect(written('300ms')).toEqual(parse(rule('10ms')));
    expect(written('330ms')).toEqual(parse(rule('11ms')));
    expect(written('0s')).toEqual(parse(rule('0s')));
    expect(written("'0'")).toEqual(parse(rule("'0'")));
  });
});

test('prometheus.yml has its scrapes and evaluations divided, jobs of their own included', () => {
  const written = lines(
    'global:',
    '  scrape_interval: 15s # often enough',
    '  scrape_timeout: 10s',
    '  evaluation_interval: 1m',
    '  rule_query_offset: 1m',
    '  external_labels: { scrape_interval: 15s }',
    'scrape_configs:',
    '  - job_name: shop',
    '    scrape_interval: 30s',
    "    static_configs: [{ targets: ['shop-1:8080'], labels: { every: 30s } }]",
  );
  const compressed = compressPrometheus(written, 30);
  expect(compressed).toContain('scrape_interval: 500ms # often enough');
  expect(parse(compressed)).toEqual({
    global: {
      ...{ scrape_interval: '500ms', scrape_timeout: '333ms', evaluation_interval: '2s', rule_query_offset: '2s' },
      external_labels: { scrape_interval: '15s' },
    },
    scrape_configs: [
      {
        ...{ job_name: 'shop', scrape_interval: '1s' },
        static_configs: [{ targets: ['shop-1:8080'], labels: { every: '30s' } }],
      },
    ],
  });
});

test('alertmanager.yml has the clocks of its groups divided, in every route', () => {
  const written = lines(
    'global: { resolve_timeout: 5m }',
    'route:',
    '  receiver: tickets',
    '  group_wait: 30s',
    '  group_interval: 5m',
    '  repeat_interval: 4h',
    '  routes:',
    '    - receiver: pager # wakes somebody up',
    '      group_wait: 0s',
    '      matchers: [window="5m"]',
    'receivers:',
    '  - name: pager',
    "    webhook_configs: [{ url: 'http://pager:9095/', timeout: 10s }]",
    '  - name: tickets',
  );
  const compressed = compressAlertmanager(written, 30);
  expect(compressed).toContain('- receiver: pager # wakes somebody up');
  expect(parse(compressed)).toEqual({
    global: { resolve_timeout: '10s' },
    route: {
      ...{ receiver: 'tickets', group_wait: '1s', group_interval: '10s', repeat_interval: '8m' },
      routes: [{ receiver: 'pager', group_wait: '0s', matchers: ['window="5m"'] }],
    },
    receivers: [
      { name: 'pager', webhook_configs: [{ url: 'http://pager:9095/', timeout: '10s' }] },
      { name: 'tickets' },
    ],
  });
});

test('a file that is not YAML is left to the server, which says where it is broken', () => {
  const broken = 'global: { scrape_interval: 15s';
  expect(compressPrometheus(broken, 30)).toBe(broken);
  expect(compressAlertmanager(broken, 30)).toBe(broken);
});

describe('speed 1', () => {
  const compressors = {
    'alerts.yml': (text: string) => compressRules(text, 1).text,
    'prometheus.yml': (text: string) => compressPrometheus(text, 1),
    'alertmanager.yml': (text: string) => compressAlertmanager(text, 1),
  } as const;

  test.each(Object.entries(compressors))('changes nothing of %s but its formatting', (name, compressed) => {
    expect(parse(compressed(ours(name)))).toEqual(parse(ours(name)));
  });

  test('changes no duration, however it is written, and refuses no rule', () => {
    const duration = fc.oneof(
      fc.integer({ min: 1, max: 90_000 }).map((n) => `${n}ms`),
      fc.integer({ min: 0, max: 500 }).map((n) => `${n}s`),
      fc.tuple(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 59 })).map(([m, s]) => `${m}m${s}s`),
    );
    fc.assert(
      fc.property(duration, duration, (pending, range) => {
        fc.pre(!/^0/.test(range));
        const rules = [
          { alert: 'X', expr: `increase(a[${range}]) > 5`, for: pending, keep_firing_for: pending },
          { record: 'y', expr: `time() - max_over_time(b[${range}])` },
        ];
        const written = JSON.stringify({ groups: [{ name: 'a', interval: pending, rules }] });
        const { text, uncompressed } = compressRules(written, 1);
        const inMs = (value: unknown): unknown => JSON.parse(JSON.stringify(value, sameDuration));
        expect(uncompressed).toEqual([]);
        expect(inMs(parse(text))).toEqual(inMs(parse(written)));
      }),
    );
  });
});

/** 90s and 1m30s are one duration. */
const sameDuration = (key: string, value: unknown): unknown => {
  if (!['for', 'keep_firing_for', 'interval'].includes(key)) return value;
  const inMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
  return [...String(value).matchAll(/(\d+)(d|h|ms|m|s)/g)].reduce(
    (total, [, count, unit]) => total + Number(count) * inMs[unit as keyof typeof inMs],
    0,
  );
};
