import { expect, test } from 'vitest';
import { labelsOf } from '../../promql/labels.ts';
import { expand, template } from './template.ts';

const filled = (text: string, value = 1): string =>
  expand(template(text), {
    labels: labelsOf([
      ['instance', 'db-1.example.com:9187'],
      ['job', 'pg'],
    ]),
    value,
    externalLabels: labelsOf([['region', 'eu']]),
    externalUrl: 'http://prometheus',
  });

test.each([
  ['no template at all', 'no template at all'],
  ['{{ $labels.job }} in {{ $externalLabels.region }}', 'pg in eu'],
  ['{{ .Labels.job }}: {{ .Value }}', 'pg: 1'],
  ['[{{ $labels.nosuch }}]', '[]'],
  ['a {{- " b " -}} c', 'a b c'],
  ['{{/* said to nobody */}}x', 'x'],
  ['{{ printf "%.2f of %s, %d" 0.125 "it" 3 }}', '0.12 of it, 3'],
  ['{{ printf "%d" $value }}', '%!d(float64=1)'],
  ['{{ $value | printf "%5.1f|" }}', '  1.0|'],
  ['{{ if gt $value 0.5 }}high{{ else }}low{{ end }}', 'high'],
  ['{{ if eq $labels.job "x" }}1{{ else if eq $labels.job "pg" }}2{{ else }}3{{ end }}', '2'],
  ['{{ with $labels.job }}<{{ . }}>{{ end }}', '<pg>'],
  ['{{ $x := "a" }}{{ if true }}{{ $x = "b" }}{{ end }}{{ $x }}', 'b'],
  ['{{ reReplaceAll "(.*)\\\\.example.*" "$1" $labels.instance }}', 'db-1'],
  ['{{ $labels.instance | stripPort | toUpper }}', 'DB-1.EXAMPLE.COM'],
  ['{{ "0.5" | humanizePercentage }}', '50%'],
])('%s gives %s', (text, expected) => {
  expect(filled(text)).toBe(expected);
});

test.each([
  ['{{ $value }}', 1_048_576, '1.048576e+06'],
  ['{{ $value }}', 999_999, '999999'],
  ['{{ $value }}', 0.00005, '5e-05'],
  ['{{ humanize $value }}', 1_234_567, '1.235M'],
  ['{{ humanize $value }}', 0.00123, '1.23m'],
  ['{{ humanize1024 $value }}', 1_610_612_736, '1.5Gi'],
  ['{{ humanizePercentage $value }}', 0.8765, '87.65%'],
  ['{{ humanizeDuration $value }}', 93_784.5, '1d 2h 3m 4s'],
  ['{{ humanizeDuration $value }}', 59.9, '59.9s'],
  ['{{ humanizeDuration $value }}', 0.0123, '12.3ms'],
  ['{{ humanizeTimestamp $value }}', 1_435_065_584.128, '2015-06-23 13:19:44.128 +0000 UTC'],
  ['{{ printf "%.0f %.1f" $value 0.25 }}', 2.5, '2 0.2'],
])('%s of %d is %s', (text, value, expected) => {
  expect(filled(text, value)).toBe(expected);
});

test('a template that fails says so in its place', () => {
  expect(filled('{{ nosuch $value }}')).toBe('<error expanding template: function "nosuch" not defined>');
  expect(filled('{{ humanize "x" }}')).toMatch(/^<error expanding template: /);
});

test.each([
  ['{{ $value', 'an action is never closed'],
  ['{{ if true }}x', 'an {{if}} has no {{end}}'],
  ['{{ end }}', 'unexpected {{end}}'],
  ['{{ ( }}', 'missing value for command'],
  ['{{ range .Labels }}{{ end }}', '{{range}} is not supported yet'],
])('%s is no template', (text, reason) => {
  expect(() => template(text)).toThrow(reason);
});
