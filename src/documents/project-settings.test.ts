import { expect, test } from 'vitest';
import { defaultSettings, readProjectSettings } from './project-settings.ts';

const read = (text: string) => readProjectSettings({ file: 'gameday.yaml', text });
const problemsOf = (text: string): readonly string[] => {
  const found = read(text);
  return found.ok ? [] : found.problems.map(({ message, at }) => `${at?.line}:${at?.column} ${message}`);
};

test('a file that says nothing but its version says what holds without it', () => {
  expect(read('version: 1')).toEqual({ ok: true, value: defaultSettings });
  expect(read('version: 1\nmonitoring: {}\noriginals: {}')).toEqual({ ok: true, value: defaultSettings });
});

test('what is written holds', () => {
  const text = `
version: 1
monitoring: { metrics: cloudnative-pg, prometheus: 2 }
originals: { prometheus: bin/prometheus }`;
  expect(read(text)).toEqual({
    ok: true,
    value: {
      monitoring: { metrics: 'cloudnative-pg', prometheus: 2 },
      originals: { prometheus: 'bin/prometheus' },
    },
  });
});

test('everything that is wrong is told at once, with its place', () => {
  const text = `version: 2
monitoring:
  metrics: statsd
  promtheus: 2
originals: { grafana: bin/grafana }`;
  expect(problemsOf(text)).toMatchInlineSnapshot(`
    [
      "1:10 version is 2; expected 1, the only version there is",
      "3:12 monitoring.metrics is "statsd"; expected one of postgres_exporter, cloudnative-pg",
      "4:3 unknown key "promtheus" in monitoring",
      "5:14 unknown key "grafana" in originals",
    ]
  `);
});
