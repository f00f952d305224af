/**
 * The team's monitoring files, changed so that nobody takes a run's page for a real one: a label that is the same on every
 * alert, added where Prometheus hands them over, and a prefix before what people read. The files stay ordinary ones, so the
 * original servers mark in the same way. Why in this way: docs/decisions/0010-drill-marks.md.
 */
import { isMap, isScalar, isSeq, parseDocument, type YAMLMap } from 'yaml';
import type { DrillMark } from '../documents/drill-mark.ts';
import type { RuleFile } from '../documents/rule-file.ts';
import type { Problem } from '../errors.ts';

/** What notification templates put before people, whichever a team uses. */
const read = ['summary', 'description', 'message', 'title'];

/** `prometheus.yml`: every alert is sent with the label. */
export const markPrometheus = (text: string, { label, value }: DrillMark): string => {
  const document = parseDocument(text);
  if (document.errors.length > 0 || !isMap(document.contents)) return text; // the server says what is wrong, and where
  if (!isMap(document.get('global'))) document.set('global', document.createNode({}));
  if (!isMap(document.getIn(['global', 'external_labels'])))
    document.setIn(['global', 'external_labels'], document.createNode({}));
  document.setIn(['global', 'external_labels', label], value);
  return document.toString();
};

/** A rule file: what people read of an alert begins with the prefix; an alert that tells them nothing gets a summary. */
export const markRules = (text: string, { prefix }: DrillMark): string => {
  const document = parseDocument(text);
  if (document.errors.length > 0) return text;
  for (const group of mapsIn(document.get('groups')))
    for (const rule of mapsIn(group.get('rules'))) {
      const alert = rule.get('alert', true);
      if (!isScalar(alert)) continue;
      if (!isMap(rule.get('annotations'))) rule.set('annotations', document.createNode({}));
      const annotations = rule.get('annotations') as YAMLMap;
      const shown = read.map((name) => annotations.get(name, true)).filter((node) => isScalar(node));
      for (const node of shown) node.value = `${prefix}${String(node.value)}`;
      if (shown.length === 0) annotations.set('summary', `${prefix}${String(alert.value)}`);
    }
  return document.toString({ lineWidth: 0 });
};

/** A label that a rule sets itself would win over the mark, and the alert would go out as a real one. */
export const markProblems = (ruleFiles: readonly RuleFile[], { label }: DrillMark): readonly Problem[] =>
  ruleFiles
    .flatMap(({ groups }) => groups.flatMap(({ rules }) => rules))
    .filter((rule) => 'alert' in rule && Object.hasOwn(rule.labels, label))
    .map(({ at }) => ({
      message: `this rule sets the label "${label}", which marks the notifications of a run as a drill`,
      at,
      hint: 'choose another one in gameday.yaml, monitoring: { drillMark: { label: … } }',
    }));

const mapsIn = (node: unknown): readonly YAMLMap[] => (isSeq(node) ? node.items.filter((item) => isMap(item)) : []);
