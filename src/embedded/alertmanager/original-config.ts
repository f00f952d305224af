/**
 * alertmanager.yml for a real server on this machine, which has no table of hosts: addresses are rewritten to where they
 * lead. What the stand-in only reports (Slack, mail …) becomes a webhook to whoever reports it, so that the original sends
 * nothing there either.
 */
import { dirname, resolve } from 'node:path';
import { isMap, isSeq, parseDocument, type YAMLMap } from 'yaml';
import { makeAbsolute } from './absolute-files.ts';
import { otherIntegrations, sendsResolved } from './integrations.ts';
import type { Hosts } from './post.ts';

/** @param file Where `text` stands: the files that it names are relative to it. */
export const configForOriginal = (file: string, text: string, hosts: Hosts, reporterUrl: string): string => {
  const document = parseDocument(text);
  makeAbsolute(document, resolve(dirname(file)));
  const rewrite = (map: YAMLMap, key: string): void => {
    const url = map.get(key);
    if (typeof url === 'string') map.set(key, hosted(url, hosts));
  };
  const global = document.get('global');
  if (isMap(global)) rewrite(global, 'pagerduty_url');
  for (const receiver of mapsIn(document.get('receivers'))) {
    const pages = mapsIn(receiver.get('pagerduty_configs'));
    for (const config of [...mapsIn(receiver.get('webhook_configs')), ...pages]) rewrite(config, 'url');
    const byServiceKey = pages.filter((config) => config.has('service_key') || config.has('service_key_file'));
    const reported = [
      ...byServiceKey.map((config) => reportedBy(config, receiver, 'pagerduty-v1', true, reporterUrl)),
      ...otherIntegrations.flatMap((kind) =>
        mapsIn(receiver.get(`${kind}_configs`)).map((config) =>
          reportedBy(config, receiver, kind, sendsResolved(kind), reporterUrl),
        ),
      ),
    ];
    for (const kind of otherIntegrations) receiver.delete(`${kind}_configs`);
    if (byServiceKey.length > 0)
      receiver.set('pagerduty_configs', document.createNode(pages.filter((config) => !byServiceKey.includes(config))));
    if (reported.length === 0) continue;
    const webhooks = receiver.get('webhook_configs', true);
    if (isSeq(webhooks)) for (const each of reported) webhooks.add(document.createNode(each));
    else receiver.set('webhook_configs', document.createNode(reported));
  }
  return document.toString({ lineWidth: 0 });
};

const mapsIn = (node: unknown): readonly YAMLMap[] => (isSeq(node) ? node.items.filter(isMap) : []);

const reportedBy = (
  config: YAMLMap,
  receiver: YAMLMap,
  kind: string,
  usually: boolean,
  reporterUrl: string,
): object => ({
  url: `${reporterUrl}/${encodeURIComponent(String(receiver.get('name')))}/${kind}`,
  send_resolved: config.get('send_resolved') ?? usually,
});

/** Templates behind the address stay as they are. */
const hosted = (url: string, hosts: Hosts): string => {
  const [, start = '', host = '', port, rest = ''] =
    /^(https?:\/\/(?:[^/@]*@)?)([^/:?#]+)(?::(\d+))?(.*)$/s.exec(url) ?? [];
  const usual = start.startsWith('https') ? '443' : '80';
  const address = hosts[port === undefined ? host : `${host}:${port}`] ?? hosts[`${host}:${port ?? usual}`];
  return address === undefined ? url : start + address + rest;
};
