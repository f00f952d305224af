/** The pages of the API that list what is stored: series, the names of their labels, and the values of one. */
import { ApiError, expressionOf, invalid, limited, texts, timeOf } from './api-parameters.ts';
import type { ApiContext } from './api.ts';
import type { StoredSeries } from './store.ts';

export const seriesAnswer = (api: ApiContext, parameters: URLSearchParams): unknown => {
  if (texts(parameters, 'match').length === 0) throw new ApiError('bad_data', 'no match[] parameter provided');
  const found = [...matching(api, parameters)].map(({ labels }) => Object.fromEntries(labels));
  return limited(found, parameters);
};

export const labelNamesAnswer = (api: ApiContext, parameters: URLSearchParams): unknown => {
  const names = new Set<string>();
  for (const { labels } of matching(api, parameters)) for (const name of labels.keys()) names.add(name);
  return limited([...names].toSorted(), parameters);
};

export const labelValuesAnswer = (api: ApiContext, name: string, parameters: URLSearchParams): unknown => {
  const values = new Set<string>();
  for (const { labels } of matching(api, parameters)) {
    const value = labels.get(name);
    if (value !== undefined) values.add(value);
  }
  return limited([...values].toSorted(), parameters);
};

/** The series of any of the selectors that have samples in the time asked for; all of them without a selector. */
const matching = ({ store }: ApiContext, parameters: URLSearchParams): ReadonlySet<StoredSeries> => {
  const startMs = timeOf(parameters, 'start') ?? -Infinity;
  const endMs = timeOf(parameters, 'end') ?? Infinity;
  const selectors = texts(parameters, 'match').map((text) => {
    const { root } = expressionOf(text, 'match[]');
    if (root.kind !== 'selector') throw invalid('match[]', 'expected a selector');
    return root.matchers;
  });
  const found = new Set<StoredSeries>();
  for (const matchers of selectors.length === 0 ? [[]] : selectors)
    for (const series of store.select(matchers))
      if (series.length > 0 && series.times[0]! <= endMs && series.lastMs >= startMs) found.add(series);
  return found;
};
