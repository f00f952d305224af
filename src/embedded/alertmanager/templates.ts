/** The templates of notifications: the team's own files, and the names that Alertmanager itself defines. */
import { globSync, readFileSync } from 'node:fs';
import { GamedayError, reasonOf, type Problem } from '../../errors.ts';
import { fill } from '../go-template/fill.ts';
import { parseTemplate, type Part } from '../go-template/parse.ts';
import type { TemplateValue } from '../go-template/value.ts';
import { checkTemplateText, functions, timeFunctions } from './template-functions.ts';

export type Templates = {
  /** @throws {Error} when the template fails. */
  readonly fill: (text: string, data: TemplateValue, nowMs: number) => string;
};

/** What teams' templates may call: the subject and the list of alerts that every integration starts from. */
const builtIn = `
{{ define "__alertmanager" }}Alertmanager{{ end }}
{{ define "__alertmanagerURL" }}{{ .ExternalURL }}/#/alerts?receiver={{ urlquery .Receiver }}{{ end }}
{{ define "__subject" -}}
  [{{ toUpper .Status }}{{ if eq .Status "firing" }}:{{ len .Alerts.Firing }}{{ end }}]
  {{- print " " (join " " .GroupLabels.SortedPairs.Values) " " -}}
  {{ if gt (len .CommonLabels) (len .GroupLabels) -}}
    ({{ with .CommonLabels.Remove .GroupLabels.Names }}{{ join " " .Values }}{{ end }})
  {{- end }}
{{- end }}
{{ define "__text_alert_list" -}}
  {{ range . -}}
    {{ print "Labels:\\n" }}
    {{- range .Labels.SortedPairs }}{{ printf " - %s = %s\\n" .Name .Value }}{{ end -}}
    {{ print "Annotations:\\n" }}
    {{- range .Annotations.SortedPairs }}{{ printf " - %s = %s\\n" .Name .Value }}{{ end -}}
    {{ printf "Source: %s\\n" .GeneratorURL }}
  {{- end }}
{{- end }}
{{ define "pagerduty.default.description" }}{{ template "__subject" . }}{{ end }}
{{ define "pagerduty.default.client" }}{{ template "__alertmanager" . }}{{ end }}
{{ define "pagerduty.default.clientURL" }}{{ template "__alertmanagerURL" . }}{{ end }}
{{ define "pagerduty.default.instances" }}{{ template "__text_alert_list" . }}{{ end }}
`;

/**
 * @param patterns Absolute paths, patterns among them; one that matches nothing is none, as with the original.
 * @throws {GamedayError} DOCUMENT_INVALID with every file that is no template.
 */
export const readTemplates = (patterns: readonly string[]): Templates => {
  const problems: Problem[] = [];
  const defined = new Map<string, readonly Part[]>(parseTemplate(builtIn).defined);
  for (const file of patterns.flatMap((pattern) => globSync(pattern).toSorted())) {
    try {
      for (const [name, parts] of checkTemplateText(readFileSync(file, 'utf8')).defined) defined.set(name, parts);
    } catch (error) {
      problems.push({ message: reasonOf(error), at: { file, line: 1, column: 1 }, hint: 'correct the template' });
    }
  }
  if (problems.length > 0) throw new GamedayError('DOCUMENT_INVALID', problems);
  return {
    fill: (text, dot, nowMs) => {
      const { parts, defined: own } = parseTemplate(text);
      const all = own.size === 0 ? defined : new Map([...defined, ...own]);
      return fill(parts, { dot, functions: { ...functions, ...timeFunctions(nowMs) }, defined: all });
    },
  };
};
