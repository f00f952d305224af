/**
 * A replica must not wake anybody up: where alertmanager.yml leads to PagerDuty itself, or a webhook out into the world, the
 * run's own receiver takes its place. PagerDuty's events do not say which receiver was meant, so the address does.
 * Everything else of the file stays.
 */
import { isMap, isSeq, parseDocument, type YAMLMap } from 'yaml';

/** Where environments have the run's receiver. */
const sink = 'http://pager:9095';

export const pageTheSink = (text: string): string => {
  const document = parseDocument(text);
  if (document.errors.length > 0 || !isMap(document.contents)) return text; // the server says what is wrong, and where
  const everywhere = document.getIn(['global', 'pagerduty_url']);
  for (const receiver of mapsIn(document.get('receivers'))) {
    for (const webhook of mapsIn(receiver.get('webhook_configs'))) {
      const url = webhook.get('url');
      if (typeof url === 'string' && !isOutside(url)) continue;
      webhook.set('url', `${sink}/`);
      webhook.delete('url_file');
    }
    for (const pagerDuty of mapsIn(receiver.get('pagerduty_configs'))) {
      const url = pagerDuty.get('url') ?? everywhere;
      if (typeof url === 'string' && !isPagerDuty(url)) continue;
      pagerDuty.set('url', `${sink}/receivers/${encodeURIComponent(String(receiver.get('name')))}/v2/enqueue`);
    }
  }
  return document.toString({ lineWidth: 0 });
};

/** A name of the replica has no dot; a loopback address is this machine. */
const isOutside = (url: string): boolean => {
  const host = URL.parse(url)?.hostname ?? '';
  return host.includes('.') && !/^127\.|\.localhost$/.test(host);
};

const isPagerDuty = (url: string): boolean => /(?:^|\.)pagerduty\.com$/.test(URL.parse(url)?.hostname ?? '');

const mapsIn = (node: unknown): readonly YAMLMap[] => (isSeq(node) ? node.items.filter((item) => isMap(item)) : []);
