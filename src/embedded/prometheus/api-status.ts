/** The pages of the API that tell about the server itself. */
import { nameLabel } from '../../promql/labels.ts';
import { formatDuration, ms } from '../../units.ts';
import type { ApiContext } from './api.ts';
import type { Setup } from './engine.ts';
import type { SeriesStore } from './store.ts';

export const buildAnswer = {
  ...{ version: '3.14.0', revision: 'gameday stand-in', branch: '', buildUser: '', buildDate: '', goVersion: '' },
};

export const configAnswer = ({ text }: Setup): unknown => ({ yaml: text });

/** Those that decide what this stand-in does. */
export const flagsAnswer = ({ lookbackMs, listen, store }: ApiContext): unknown => ({
  'query.lookback-delta': formatDuration(ms(lookbackMs)),
  'rules.alert.resend-delay': '1m',
  'storage.tsdb.retention.time': formatDuration(store.retentionMs),
  'web.enable-lifecycle': 'true',
  'web.external-url': listen,
  'web.listen-address': new URL(listen).host,
});

export const runtimeAnswer = ({ startedMs, configuredMs, store }: ApiContext): unknown => ({
  startTime: new Date(startedMs).toISOString(),
  reloadConfigSuccess: true,
  lastConfigTime: new Date(configuredMs).toISOString(),
  corruptionCount: 0,
  storageRetention: formatDuration(store.retentionMs),
});

/** Nothing is replayed: samples live in memory. */
export const replayAnswer = { min: 0, max: 0, current: 0, state: 'done' };

export const storeAnswer = (store: SeriesStore): unknown => {
  const series = [...store.select([])].filter(({ length }) => length > 0);
  const counted = (values: readonly string[]): readonly { readonly name: string; readonly value: number }[] => {
    const counts = new Map<string, number>();
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
    return [...counts]
      .map(([name, value]) => ({ name, value }))
      .toSorted((left, right) => right.value - left.value)
      .slice(0, 10);
  };
  const pairs = series.flatMap(({ labels }) => [...labels]);
  const distinct = [...new Set(pairs.map(([name, value]) => `${name}=${value}`))];
  return {
    headStats: {
      numSeries: series.length,
      numLabelPairs: distinct.length,
      chunkCount: 0,
      minTime: series.reduce((least, { times }) => Math.min(least, times[0]!), Number.MAX_SAFE_INTEGER),
      maxTime: series.reduce((most, { lastMs }) => Math.max(most, lastMs), Number.MIN_SAFE_INTEGER),
    },
    seriesCountByMetricName: counted(series.map(({ labels }) => labels.get(nameLabel) ?? '')),
    labelValueCountByLabelName: counted(distinct.map((pair) => pair.slice(0, pair.indexOf('=')))),
    memoryInBytesByLabelName: [],
    seriesCountByLabelValuePair: counted(pairs.map(([name, value]) => `${name}=${value}`)),
  };
};
