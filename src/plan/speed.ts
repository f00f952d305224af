/**
 * The team's monitoring files at a run's speed: every duration of the machines (`for`, ranges, scrape and evaluation
 * intervals, group clocks) divided by it, thresholds and everything else as written, comments included. The result is an
 * ordinary Prometheus or Alertmanager file, so the originals can be given the same one.
 */
import { isMap, isScalar, isSeq, parseDocument, type Document, type Scalar } from 'yaml';
import { compressExpression } from '../promql/compress.ts';
import { parsePromql } from '../promql/parse.ts';
import { formatDuration, ms, parseDuration } from '../units.ts';

/** A rule that would mean something else when compressed, and therefore is left in real time. */
export type Uncompressed = { readonly rule: string; readonly reason: string };

/** Never shortened below what the stand-ins and the real servers can schedule: 10 ms. */
const divided = (text: string, speed: number): string => {
  const duration = parseDuration(text);
  return duration === undefined || duration === 0
    ? text
    : formatDuration(ms(Math.max(Math.min(10, duration), duration / speed)));
};

const divideKeys = (document: Document, keys: readonly string[], speed: number): void => {
  visitPairs(document.contents, (key, value) => {
    if (keys.includes(key) && typeof value.value === 'string') value.value = divided(value.value, speed);
  });
};

/** `prometheus.yml` */
export const compressPrometheus = (text: string, speed: number): string => {
  const document = parseDocument(text);
  if (document.errors.length > 0) return text; // the server says what is wrong, and where
  divideKeys(document, ['scrape_interval', 'scrape_timeout', 'evaluation_interval', 'rule_query_offset'], speed);
  return document.toString();
};

/** `alertmanager.yml` */
export const compressAlertmanager = (text: string, speed: number): string => {
  const document = parseDocument(text);
  if (document.errors.length > 0) return text; // the server says what is wrong, and where
  divideKeys(document, ['group_wait', 'group_interval', 'repeat_interval', 'resolve_timeout'], speed);
  return document.toString();
};

/** A rule file. A rule whose expression cannot be compressed keeps all of its own durations. */
export const compressRules = (
  text: string,
  speed: number,
): { readonly text: string; readonly uncompressed: readonly Uncompressed[] } => {
  const document = parseDocument(text);
  const uncompressed: Uncompressed[] = [];
  divideKeys(document, ['interval', 'query_offset'], speed);
  const groups = document.get('groups');
  for (const group of isSeq(groups) ? groups.items : []) {
    const rules = isMap(group) ? group.get('rules') : undefined;
    for (const rule of isSeq(rules) ? rules.items : []) {
      if (!isMap(rule)) continue;
      const expr = rule.get('expr', true);
      if (!isScalar(expr) || typeof expr.value !== 'string') continue;
      const parsed = parsePromql(expr.value);
      if (!parsed.ok) continue;
      const compressed = compressExpression(parsed.expression, speed);
      if (!compressed.ok) {
        uncompressed.push({ rule: String(rule.get('alert') ?? rule.get('record')), reason: compressed.reason });
        continue;
      }
      expr.value = compressed.text;
      for (const key of ['for', 'keep_firing_for']) {
        const value = rule.get(key, true);
        if (isScalar(value) && typeof value.value === 'string') value.value = divided(value.value, speed);
      }
    }
  }
  return { text: document.toString({ lineWidth: 0 }), uncompressed };
};

/** Their keys are the team's own names, whatever they look like. */
const freeKeys = ['labels', 'annotations', 'external_labels', 'match', 'match_re'];

const visitPairs = (node: unknown, visit: (key: string, value: Scalar) => void): void => {
  if (isSeq(node)) for (const item of node.items) visitPairs(item, visit);
  if (!isMap(node)) return;
  for (const { key, value } of node.items) {
    if (isScalar(key) && isScalar(value)) visit(String(key.value), value);
    else if (!isScalar(key) || !freeKeys.includes(String(key.value))) visitPairs(value, visit);
  }
};
