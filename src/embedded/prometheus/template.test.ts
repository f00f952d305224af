import { expect, test } from 'vitest';
import { labelsOf } from '../../promql/labels.ts';
import { expand, template, type TemplateData } from './template.ts';

const answered: TemplateData['query'] = (text) => {
  if (text !== 'up') throw new Error('there is no such metric');
  return ['b', 'a'].map((job, value) => ({ labels: labelsOf([['job', job]]), value }));
};

const filled = (text: string, value = 1): string =>
  expand(template(text), {
    labels: labelsOf([
      ['instance', 'db-1.example.com:9187'],
      ['job', 'pg'],
    ]),
    value,
    externalLabels: labelsOf([['region', 'eu']]),
    externalUrl: 'http://prometheus/base/',
    atMs: 1_700_000_000_500,
    query: answered,
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
  ['{{ range $name, $text := $labels }}{{ $name }}={{ $text }};{{ end }}', 'instance=db-1.example.com:9187;job=pg;'],
  ['{{ range query "up" }}{{ .Labels.job }}{{ .Value }} {{ end }}', 'b0 a1 '],
  ['{{ range query "up" | sortByLabel "job" }}{{ label "job" . }}{{ end }}', 'ab'],
  ['{{ with query "up" }}{{ . | first | value }} of {{ len . }}{{ end }}', '0 of 2'],
  ['{{ range $labels.nosuch | args }}{{ . }}none{{ else }}empty{{ end }}', 'none'],
  ['{{ graphLink "rate(x[5m])" }}', '/graph?g0.expr=rate%28x%5B5m%5D%29&g0.tab=0'],
  ['{{ externalURL }} {{ pathPrefix }} {{ now }}', 'http://prometheus/base/ /base 1.7000000005e+09'],
  ['{{ define "a" }}<{{ . }}>{{ end }}{{ template "a" $value }}{{ block "b" 2 }}[{{ . }}]{{ end }}', '<1>[2]'],
  ['{{ range query "up" }}{{ if eq .Value 1.0 }}{{ break }}{{ end }}{{ .Labels.job }}{{ end }}', 'b'],
  ['{{ range query "up" }}{{ if eq .Value 0.0 }}{{ continue }}{{ end }}{{ .Labels.job }}{{ end }}', 'a'],
  ['{{ html "<a>" }} {{ js "it\'s" }} {{ urlquery "a b(c)" }}', "&lt;a&gt; it\\'s a+b%28c%29"],
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
  expect(filled('{{ query "nosuch" }}')).toBe('<error expanding template: there is no such metric>');
  expect(filled('{{ query "up" | sortByLabel "x" | label "job" }}')).toMatch(/^<error expanding template: /);
  expect(filled('{{ humanize "x" }}')).toMatch(/^<error expanding template: /);
});

test.each([
  ['{{ $value', 'an action is never closed'],
  ['{{ if true }}x', 'an {{if}} has no {{end}}'],
  ['{{ end }}', 'unexpected {{end}}'],
  ['{{ ( }}', 'missing value for command'],
  ['{{ nosuch $value }}', 'function "nosuch" not defined'],
  ['{{ if true }}{{ $x := 1 }}{{ end }}{{ $x }}', 'undefined variable "$x"'],
  ['{{ $x = 1 }}', 'undefined variable "$x"'],
  ['{{ if $a, $b := 1 }}{{ end }}', 'too many declarations'],
  ['{{ define x }}{{ end }}', 'a {{define}} needs a name in quotes'],
  ['{{ define "x" }}', 'a {{define}} has no {{end}}'],
  ['{{ break }}', '{{break}} outside {{range}}'],
])('%s is no template', (text, reason) => {
  expect(() => template(text)).toThrow(reason);
});
