/** `receivers` of alertmanager.yml: webhooks and PagerDuty, which are delivered, and all others, which are reported. */
import { resolve } from 'node:path';
import type { Node } from 'yaml';
import { reasonOf } from '../../errors.ts';
import { ms, type Ms } from '../../units.ts';
import type { YamlReader } from '../yaml-reader.ts';
import { fieldsOf, otherIntegrations, sendsResolved, type OtherIntegration } from './integrations.ts';
import { checkTemplateText } from './template-functions.ts';

/** A value that may as well stand in a file, which is read at each notification. */
export type Given = { readonly text: string } | { readonly file: string };

type Common = {
  /** Among those of its kind in the receiver. */
  readonly index: number;
  readonly sendResolved: boolean;
};

/** Every text is a template. */
export type Webhook = Common & {
  readonly kind: 'webhook';
  readonly url: Given;
  /** 0 for all. */
  readonly maxAlerts: number;
  /** For one request; 0 for the flush's own deadline. */
  readonly timeoutMs: Ms;
  /** In the place of the usual body: texts, and lists and mappings of them. */
  readonly payload?: unknown;
};

export type PagerDuty = Common & {
  readonly kind: 'pagerduty';
  readonly url: string;
  readonly routingKey: Given;
  readonly texts: Readonly<Partial<Record<PagerDutyText, string>>>;
  readonly details: Readonly<Record<string, unknown>>;
  readonly images: readonly Readonly<Record<string, string>>[];
  readonly links: readonly Readonly<Record<string, string>>[];
  readonly timeoutMs: Ms;
};

/** With a service key PagerDuty is spoken to by the first version of its API. */
export type Other = Common & { readonly kind: OtherIntegration | 'pagerduty-v1' };

export type Integration = Webhook | PagerDuty | Other;

export type Receiver = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Where it is defined. */
  readonly at: Node;
  readonly integrations: readonly Integration[];
};

const pagerDutyTexts = [
  'client',
  'client_url',
  'description',
  'source',
  'severity',
  'class',
  'component',
  'group',
] as const;
export type PagerDutyText = (typeof pagerDutyTexts)[number];

/** What the readers below share. */
export type Reading = {
  readonly yaml: YamlReader;
  /** To which files are relative. */
  readonly folder: string;
  readonly pagerDutyUrl: string;
};

export const readReceiver = (reading: Reading, node: Node, path: string): Receiver => {
  const { yaml } = reading;
  let [name, at] = ['', node];
  const labels: Record<string, string> = {};
  const integrations: Integration[] = [];
  const all =
    (read: (reading: Reading, item: Node, path: string, index: number) => Integration) => (value: Node, key: string) =>
      void integrations.push(
        ...yaml.list(value, key).map((item, index) => read(reading, item, `${key}[${index}]`, index)),
      );
  const others = Object.fromEntries(otherIntegrations.map((kind) => [`${kind}_configs`, all(readOther(kind))]));
  yaml.mapping(node, path, {
    name: (value, key) => {
      name = yaml.text(value, key);
      at = value;
    },
    labels: (value, key) => {
      for (const [label, text] of yaml.texts(value, key)) labels[label] = text;
    },
    webhook_configs: all(readWebhook),
    pagerduty_configs: all(readPagerDuty),
    ...others,
  });
  if (name === '') yaml.problem(node, `${path} must have a name`);
  return { name, labels: { name, ...labels }, at, integrations };
};

const readWebhook = (reading: Reading, node: Node, path: string, index: number): Webhook => {
  const { yaml } = reading;
  let [sendResolved, maxAlerts, timeoutMs] = [true, 0, ms(0)];
  let payload: { payload?: unknown } = {};
  const url = given(reading, 'url', (value, key) => addressIn(yaml, value, key));
  yaml.mapping(node, path, {
    ...url.keys,
    send_resolved: (value, key) => void (sendResolved = yaml.flag(value, key)),
    max_alerts: (value, key) => void (maxAlerts = yaml.count(value, key)),
    timeout: (value, key) => void (timeoutMs = yaml.duration(value, key)),
    payload: (value, key) => void (payload = { payload: anything(yaml, value, key) }),
    http_config: readHttpConfig(yaml),
  });
  return { kind: 'webhook', index, sendResolved, url: url.value(node, path), maxAlerts, timeoutMs, ...payload };
};

const readPagerDuty = (reading: Reading, node: Node, path: string, index: number): PagerDuty | Other => {
  const { yaml } = reading;
  let [sendResolved, timeoutMs, url] = [true, ms(0), reading.pagerDutyUrl];
  let details: Record<string, unknown> | null = {};
  let hasServiceKey = false;
  const texts: { [Key in PagerDutyText]?: string } = {};
  const lists: Record<'images' | 'links', Record<string, string>[]> = { images: [], links: [] };
  const text = (key: PagerDutyText) => (value: Node, name: string) => void (texts[key] = templateIn(yaml, value, name));
  const list = (key: 'images' | 'links', fields: readonly string[]) => (value: Node, name: string) => {
    lists[key] = yaml.list(value, name).map((item, i) => {
      const entry: Record<string, string> = {};
      const field = (each: string) => (inner: Node, at: string) => void (entry[each] = templateIn(yaml, inner, at));
      yaml.mapping(item, `${name}[${i}]`, Object.fromEntries(fields.map((each) => [each, field(each)])));
      return entry;
    });
  };
  const serviceKey = (): void => void (hasServiceKey = true);
  const key = given(reading, 'routing_key', (value, name) => templateIn(yaml, value, name));
  yaml.mapping(node, path, {
    ...key.keys,
    service_key: serviceKey,
    service_key_file: serviceKey,
    send_resolved: (value, name) => void (sendResolved = yaml.flag(value, name)),
    url: (value, name) => void (url = addressIn(yaml, value, name)),
    ...Object.fromEntries(pagerDutyTexts.map((each) => [each, text(each)])),
    details: (value, name) => void (details = anything(yaml, value, name) as Record<string, unknown> | null),
    images: list('images', ['src', 'alt', 'href']),
    links: list('links', ['href', 'text']),
    timeout: (value, name) => void (timeoutMs = yaml.duration(value, name)),
    http_config: readHttpConfig(yaml),
  });
  if (hasServiceKey) return { kind: 'pagerduty-v1', index, sendResolved };
  const routingKey = key.value(node, path);
  return {
    kind: 'pagerduty',
    index,
    sendResolved,
    url,
    routingKey,
    texts,
    details: details ?? {},
    ...lists,
    timeoutMs,
  };
};

const readOther =
  (kind: OtherIntegration) =>
  ({ yaml }: Reading, node: Node, path: string, index: number): Other => {
    let sendResolved = sendsResolved(kind);
    yaml.mapping(node, path, {
      ...ignored(fieldsOf(kind)),
      send_resolved: (value, key) => void (sendResolved = yaml.flag(value, key)),
    });
    return { kind, index, sendResolved };
  };

/** Known, and without any effect here. */
export const ignored = (fields: readonly string[]): Readonly<Record<string, () => void>> =>
  Object.fromEntries(fields.map((field) => [field, () => {}]));

const httpFields =
  'authorization basic_auth bearer_token bearer_token_file enable_http2 follow_redirects http_headers no_proxy oauth2 proxy_connect_header proxy_from_environment proxy_url tls_config'.split(
    ' ',
  );

const readHttpConfig = (yaml: YamlReader) => (node: Node, path: string) =>
  yaml.mapping(node, path, ignored(httpFields));

/** `KEY` or `KEY_file`, exactly one of them. */
const given = ({ yaml, folder }: Reading, key: string, read: (node: Node, path: string) => string) => {
  let found: Given | undefined;
  let count = 0;
  const take = (value: Given): void => {
    found = value;
    count += 1;
  };
  return {
    keys: {
      [key]: (value: Node, name: string) => take({ text: read(value, name) }),
      [`${key}_file`]: (value: Node, name: string) => take({ file: resolve(folder, yaml.text(value, name)) }),
    },
    value: (node: Node, path: string): Given => {
      if (count === 0) yaml.problem(node, `${path}.${key} is missing`, `or write ${key}_file`);
      if (count > 1) yaml.problem(node, `${path} must have ${key} or ${key}_file, not both`);
      return found ?? { text: '' };
    },
  };
};

const templateIn = (yaml: YamlReader, node: Node, path: string): string => {
  const text = yaml.text(node, path);
  try {
    checkTemplateText(text);
  } catch (error) {
    yaml.problem(node, `${path}: ${reasonOf(error)}`);
  }
  return text;
};

const addressIn = (yaml: YamlReader, node: Node, path: string): string => {
  const text = templateIn(yaml, node, path);
  if (!text.includes('{{') && !/^https?:$/.test(URL.parse(text)?.protocol ?? ''))
    yaml.problem(node, `${path} must be an http or https address`);
  return text;
};

/** Any YAML; each text in it has to be a template. */
const anything = (yaml: YamlReader, node: Node, path: string): unknown => {
  const check = (value: unknown): void => {
    if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) check(item);
    if (typeof value !== 'string') return;
    try {
      checkTemplateText(value);
    } catch (error) {
      yaml.problem(node, `${path}: ${reasonOf(error)}`);
    }
  };
  const value = yaml.plain(node);
  check(value);
  return value;
};
