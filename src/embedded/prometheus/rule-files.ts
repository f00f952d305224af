/** Rule files: groups of rules, with every expression and template parsed once, and all problems found at once. */
import type { Node } from 'yaml';
import { reasonOf, type Problem } from '../../errors.ts';
import { parsePromql } from '../../promql/parse.ts';
import type { Expression } from '../../promql/expression.ts';
import { ms, type Ms } from '../../units.ts';
import { yamlReader, type YamlReader } from '../yaml-reader.ts';
import { template, type Template } from './template.ts';

export type Templates = ReadonlyMap<string, Template>;

export type AlertingRule = {
  readonly type: 'alerting';
  readonly name: string;
  readonly expression: Expression;
  readonly forMs: Ms;
  readonly keepFiringForMs: Ms;
  readonly labels: Templates;
  readonly annotations: Templates;
};

export type RecordingRule = {
  readonly type: 'recording';
  readonly name: string;
  readonly expression: Expression;
  readonly labels: ReadonlyMap<string, string>;
};

export type Rule = AlertingRule | RecordingRule;

export type RuleGroup = {
  readonly name: string;
  readonly file: string;
  /** Absent: the global evaluation interval. */
  readonly intervalMs?: Ms;
  /** The most results a rule may have; 0 for any number. */
  readonly limit: number;
  readonly queryOffsetMs: Ms;
  readonly rules: readonly Rule[];
};

export type ReadRules = { readonly groups: readonly RuleGroup[]; readonly problems: readonly Problem[] };

export const readRules = (file: string, text: string): ReadRules => {
  const yaml = yamlReader(file, text);
  let groups: readonly RuleGroup[] = [];
  yaml.mapping(yaml.root, '', {
    groups: (node, path) =>
      void (groups = yaml.list(node, path).map((item, i) => readGroup(yaml, item, `${path}[${i}]`, file))),
  });
  const names = groups.map(({ name }) => name);
  for (const name of names.filter((each, i) => names.indexOf(each) !== i))
    yaml.problem(yaml.root, `group ${JSON.stringify(name)} is defined twice`);
  return { groups, problems: yaml.problems };
};

const readGroup = (yaml: YamlReader, node: Node, path: string, file: string): RuleGroup => {
  let name = '';
  let intervalMs: Ms | undefined;
  let [limit, queryOffsetMs] = [0, ms(0)];
  let shared: ReadonlyMap<string, string> = new Map();
  const rules: ((shared: ReadonlyMap<string, string>) => Rule | undefined)[] = [];
  yaml.mapping(node, path, {
    name: (value, key) => void (name = yaml.text(value, key)),
    interval: (value, key) => {
      const written = yaml.duration(value, key);
      if (written > 0) intervalMs = written; // 0 is the same as none
    },
    limit: (value, key) => void (limit = yaml.count(value, key)),
    query_offset: (value, key) => void (queryOffsetMs = yaml.duration(value, key)),
    labels: (value, key) => void (shared = new Map(yaml.texts(value, key).map(([label, own]) => [label, own]))),
    rules: (value, key) =>
      void rules.push(...yaml.list(value, key).map((item, i) => ruleReader(yaml, item, `${key}[${i}]`))),
  });
  if (name === '') yaml.problem(node, `${path} must have a name`);
  const read = rules.map((rule) => rule(shared)).filter((rule) => rule !== undefined);
  return { name, file, limit, queryOffsetMs, rules: read, ...(intervalMs === undefined ? {} : { intervalMs }) };
};

type Labelled = (shared: ReadonlyMap<string, string>) => Rule | undefined;

/** One rule; the labels of its group, which may stand behind it, come when everything is read. */
const ruleReader = (yaml: YamlReader, node: Node, path: string): Labelled => {
  const given = new Map<string, Node>();
  let [alert, record] = ['', ''];
  let [forMs, keepFiringForMs] = [ms(0), ms(0)];
  let expression: Expression | undefined;
  let [labels, annotations]: [Pairs, Pairs] = [[], []];
  const note = (key: string, read: (value: Node, name: string) => void) => ({
    [key]: (value: Node, name: string) => {
      given.set(key, value);
      read(value, name);
    },
  });
  yaml.mapping(node, path, {
    ...note('alert', (value, key) => void (alert = yaml.text(value, key))),
    ...note('record', (value, key) => void (record = yaml.text(value, key))),
    ...note('expr', (value, key) => void (expression = readExpression(yaml, value, key))),
    ...note('for', (value, key) => void (forMs = yaml.duration(value, key))),
    ...note('keep_firing_for', (value, key) => void (keepFiringForMs = yaml.duration(value, key))),
    ...note('labels', (value, key) => void (labels = yaml.texts(value, key))),
    ...note('annotations', (value, key) => void (annotations = yaml.texts(value, key))),
  });
  if (given.has('alert') === given.has('record')) yaml.problem(node, `${path} must have either alert or record`);
  if (!given.has('expr')) yaml.problem(node, `${path}.expr is missing`);
  if (given.has('record'))
    for (const key of ['for', 'keep_firing_for', 'annotations'])
      if (given.has(key)) yaml.problem(given.get(key)!, `${path}.${key} is only possible on an alert`);
  const templates = (pairs: Pairs, key: string): Templates =>
    new Map(pairs.map(([name, value, at]) => [name, readTemplate(yaml, value, at, `${path}.${key}.${name}`)]));
  const own = given.has('alert') ? templates(labels, 'labels') : new Map<string, Template>();
  const filled = templates(annotations, 'annotations');
  return (shared) => {
    if (expression === undefined) return undefined;
    if (record !== '') {
      const all = new Map([...shared, ...labels.map(([name, value]) => [name, value] as const)]);
      return { type: 'recording', name: record, expression, labels: all };
    }
    const inherited = [...shared].map(([name, value]) => [name, template(value)] as const);
    const all = new Map([...inherited, ...own]);
    return { type: 'alerting', name: alert, expression, forMs, keepFiringForMs, labels: all, annotations: filled };
  };
};

type Pairs = readonly (readonly [string, string, Node])[];

const readTemplate = (yaml: YamlReader, text: string, at: Node, path: string): Template => {
  try {
    return template(text);
  } catch (error) {
    yaml.problem(at, `${path}: ${reasonOf(error)}`);
    return { ...template(''), text };
  }
};

const readExpression = (yaml: YamlReader, node: Node, path: string): Expression | undefined => {
  const written = yaml.text(node, path);
  const parsed = parsePromql(written);
  if (parsed.ok) return parsed.expression;
  for (const { message, from } of parsed.problems)
    yaml.problem(node, `${path}: ${message} (${placeIn(written, from)})`);
  return undefined;
};

/** Counted inside the expression, because a folded or quoted text stands elsewhere in the file. */
const placeIn = (text: string, offset: number): string => {
  const lines = text.slice(0, offset).split('\n');
  return `line ${lines.length}, column ${lines.at(-1)!.length + 1}`;
};
