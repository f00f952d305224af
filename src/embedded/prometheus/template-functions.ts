/** The functions that Prometheus adds to those of Go. */
import { queryEscape } from '../go-template/escapes.ts';
import { functions as goFunctions, itemOf, type TemplateFunction } from '../go-template/functions.ts';
import { humanize, humanize1024, humanizeDuration, numberOf } from '../go-template/humanize.ts';
import { showSignificant } from '../go-template/numbers.ts';
import { listOf, mapOf, textOf, type TemplateValue } from '../go-template/value.ts';
import type { VectorSample } from '../../promql/value.ts';
import { formatDuration, ms, parseDuration } from '../../units.ts';

const humanizeTimestamp = (value: number): string => {
  if (!Number.isFinite(value)) return showSignificant(value, 4);
  const [date = '', time = ''] = new Date(value * 1_000).toISOString().split('T');
  return `${date} ${time.replace(/\.?0*Z$/, '')} +0000 UTC`;
};

const withoutPort = (address: string): string => {
  const [, host] = /^(\[[^\]]*\]|[^:]*):\d+$/.exec(address) ?? [];
  return host?.replace(/^\[|\]$/g, '') ?? address;
};

export const functions: Readonly<Record<string, TemplateFunction>> = {
  ...goFunctions,
  args: (...values) => mapOf(values.map((value, index) => [`arg${index}`, value])),
  humanize: (value) => humanize(numberOf(value)),
  humanize1024: (value) => humanize1024(numberOf(value)),
  humanizePercentage: (value) => `${showSignificant(numberOf(value) * 100, 4)}%`,
  humanizeDuration: (value) => humanizeDuration(numberOf(value)),
  humanizeTimestamp: (value) => humanizeTimestamp(numberOf(value)),
  parseDuration: (value) => {
    const duration = parseDuration(textOf(value));
    if (duration === undefined) throw new Error(`not a valid duration string: ${JSON.stringify(value)}`);
    return duration / 1_000;
  },
  stripPort: (value) => withoutPort(textOf(value)),
  stripDomain: (value) => {
    const [, host = '', port = ''] = /^(.*?)(:\d+)?$/s.exec(textOf(value)) ?? [];
    return (/^[\d.]+$|:/.test(host) ? host : (host.split('.')[0] ?? '')) + port;
  },
  urlQueryEscape: (value) => queryEscape(textOf(value)),
  graphLink: (expression) => `/graph?g0.expr=${queryEscape(textOf(expression))}&g0.tab=0`,
  tableLink: (expression) => `/graph?g0.expr=${queryEscape(textOf(expression))}&g0.tab=1`,
  toTime: (value) => humanizeTimestamp(numberOf(value)),
  toDuration: (value) => formatDuration(ms(numberOf(value) * 1_000)),
  first: (samples) => {
    const [first] = listOf(samples);
    if (first === undefined) throw new Error('first() called on vector with no elements');
    return first;
  },
  value: (sample) => itemOf(sample, 'Value'),
  label: (name, sample) => itemOf(itemOf(sample, 'Labels'), name),
  strvalue: (sample) => itemOf(itemOf(sample, 'Labels'), '__value__'),
  sortByLabel: (name, samples) => {
    const keyOf = (sample: TemplateValue): string => textOf(itemOf(itemOf(sample, 'Labels'), name));
    return listOf(samples).toSorted((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
  },
};

/** What these answer depends on when and where the template is filled. */
export const dataFunctionNames = ['query', 'now', 'externalURL', 'pathPrefix'] as const;

export const dataFunctions = ({
  atMs,
  externalUrl,
  query,
}: {
  readonly atMs: number;
  readonly externalUrl: string;
  readonly query: (expression: string) => readonly VectorSample[];
}): Readonly<Record<(typeof dataFunctionNames)[number], TemplateFunction>> => ({
  query: (expression) =>
    query(textOf(expression)).map(({ labels, value }) =>
      mapOf([
        ['Labels', labels],
        ['Value', value],
      ]),
    ),
  now: () => atMs / 1_000,
  externalURL: () => externalUrl,
  pathPrefix: () => (URL.canParse(externalUrl) ? new URL(externalUrl).pathname.replace(/\/$/, '') : ''),
});
