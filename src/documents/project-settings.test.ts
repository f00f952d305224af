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
      ...defaultSettings,
      monitoring: { metrics: 'cloudnative-pg', prometheus: 2, drillMark: defaultSettings.monitoring.drillMark },
      originals: { prometheus: { path: 'bin/prometheus', at: { file: 'gameday.yaml', line: 4, column: 26 } } },
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

test.each([
  ['true', defaultSettings.monitoring.drillMark],
  ['{}', defaultSettings.monitoring.drillMark],
  ['false', null],
  ['{ label: exercise, prefix: "ÜBUNG: " }', { label: 'exercise', value: 'drill', prefix: 'ÜBUNG: ' }],
])('drillMark: %s says how notifications are marked', (written, mark) => {
  const found = read(`version: 1\nmonitoring: { drillMark: ${written} }`);
  expect(found.ok && found.value.monitoring.drillMark).toEqual(mark);
});

test('a mark that could not be set, or would say something else, is refused', () => {
  expect(problemsOf('version: 1\nmonitoring: { drillMark: yes please }')).toEqual([
    '2:26 monitoring.drillMark is "yes please"; expected true, false or { label, value, prefix }',
  ]);
  expect(
    problemsOf(
      "version: 1\nmonitoring: { drillMark: { label: alertname, value: '', prefix: '{{ $value }}', colour: red } }",
    ),
  ).toMatchInlineSnapshot(`
    [
      "2:35 monitoring.drillMark.label is "alertname"; expected another label than the name of the alert",
      "2:53 monitoring.drillMark.value is ""; expected text that is not empty",
      "2:65 monitoring.drillMark.prefix is "{{ $value }}"; expected text that is no template",
      "2:81 unknown key "colour" in monitoring.drillMark",
    ]
  `);
});
