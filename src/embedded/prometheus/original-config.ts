/**
 * prometheus.yml for a real server on this machine, which has no table of hosts: the addresses are rewritten to where
 * they lead, and each target keeps its written name as the label `instance`, so that series and alerts are the same.
 */
import { dirname, resolve } from 'node:path';
import { isMap, isScalar, isSeq, parseDocument, type Document, type YAMLMap } from 'yaml';
import type { Hosts } from './http-client.ts';

/** @param file Where `text` stands: rule files are relative to it. */
export const configForOriginal = (file: string, text: string, hosts: Hosts): string => {
  const document = parseDocument(text);
  const rules = document.get('rule_files');
  if (isSeq(rules))
    for (const item of rules.items) if (isScalar(item)) item.value = resolve(dirname(file), String(item.value));
  for (const scrape of mapsIn(document.get('scrape_configs'))) rehost(document, scrape, hosts, true);
  for (const alertmanager of mapsIn(document.getIn(['alerting', 'alertmanagers'])))
    rehost(document, alertmanager, hosts, false);
  return document.toString({ lineWidth: 0 });
};

/** The same configuration before there is anything to evaluate. */
export const withoutRules = (text: string): string => {
  const document = parseDocument(text);
  document.delete('rule_files');
  return document.toString({ lineWidth: 0 });
};

const mapsIn = (node: unknown): readonly YAMLMap[] => (isSeq(node) ? node.items.filter(isMap) : []);

type StaticConfig = { readonly targets: readonly string[]; readonly labels?: Readonly<Record<string, string>> };

/** One static config per target, because each one needs a label of its own. */
const rehost = (document: Document, section: YAMLMap, hosts: Hosts, named: boolean): void => {
  const written = section.get('static_configs');
  if (!isSeq(written)) return;
  const configs = (written.toJS(document) as StaticConfig[]).flatMap(({ targets, labels = {} }) =>
    targets.map((target) => ({
      targets: [hosts[target] ?? target],
      ...(named ? { labels: { instance: target, ...labels } } : {}),
    })),
  );
  section.set('static_configs', document.createNode(configs));
};
