/** One number from a Prometheus API. */

type Answer =
  | { readonly status: 'success'; readonly data: { readonly resultType: string; readonly result: unknown } }
  | { readonly status: 'error'; readonly error: string };

/**
 * The value of an instant query that gives one sample.
 *
 * @returns null where there is no data, or only NaN (a share of nothing).
 * @throws when the server refuses the query or it gives several series (aggregate them) or a range.
 */
export const promqlValue = async (
  prometheusUrl: string,
  query: string,
  signal: AbortSignal,
): Promise<number | null> => {
  const response = await fetch(`${prometheusUrl}/api/v1/query`, {
    method: 'POST',
    body: new URLSearchParams({ query }),
    signal,
  });
  const answer = (await response.json()) as Answer;
  if (answer.status === 'error') throw new Error(answer.error);
  const { resultType, result } = answer.data;
  if (resultType !== 'vector' && resultType !== 'scalar')
    throw new Error(`a ${resultType} where one value was expected`);
  const samples =
    resultType === 'scalar'
      ? [result as [number, string]]
      : (result as { value: [number, string] }[]).map((series) => series.value);
  if (samples.length > 1) throw new Error(`${samples.length} series where one was expected`);
  const text = samples[0]?.[1];
  if (text === undefined || text === 'NaN') return null;
  return text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
};
