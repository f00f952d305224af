/** When an alert was pending or firing, as a server itself remembers it in the series ALERTS. */

export type Episode = {
  readonly alert: string;
  readonly job: string;
  readonly state: string;
  readonly fromMs: number;
  /** The last evaluation in this state. */
  readonly toMs: number;
};

export const episodesOf = async (url: string, intervalMs: number): Promise<readonly Episode[]> => {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent('ALERTS[10m]')}`);
  const { data } = (await response.json()) as {
    data: { result: readonly { metric: Record<string, string>; values: readonly [number, string][] }[] };
  };
  return data.result.flatMap(({ metric, values }) => {
    const { alertname: alert = '', job = '', alertstate: state = '' } = metric;
    const episodes: Episode[] = [];
    for (const [time] of values) {
      const atMs = Math.round(time * 1_000);
      const last = episodes.at(-1);
      if (last !== undefined && atMs - last.toMs <= 2.5 * intervalMs)
        episodes[episodes.length - 1] = { ...last, toMs: atMs };
      else episodes.push({ alert, job, state, fromMs: atMs, toMs: atMs });
    }
    return episodes;
  });
};

export type Difference = { readonly words: string; readonly apartMs: number };

/** Every beginning and end of both, side by side; what lasted no longer than the tolerance may have been missed. */
export const differences = (
  left: readonly Episode[],
  right: readonly Episode[],
  toleranceMs: number,
): readonly Difference[] => {
  const keyOf = ({ alert, job, state }: Episode): string => [alert, job, state].filter((part) => part !== '').join(' ');
  const keys = [...new Set([...left, ...right].map(keyOf))].toSorted();
  return keys.flatMap((key) => {
    const [a, b] = [left, right].map((episodes) =>
      episodes
        .filter((each) => keyOf(each) === key && each.toMs - each.fromMs > toleranceMs)
        .toSorted((one, other) => one.fromMs - other.fromMs),
    ) as [Episode[], Episode[]];
    if (a.length !== b.length) return [{ words: `${key}: ${a.length} times against ${b.length}`, apartMs: Infinity }];
    return a.flatMap((one, index) => {
      const other = b[index]!;
      return (['fromMs', 'toMs'] as const).map((end) => ({
        words: `${key} ${end === 'fromMs' ? 'began' : 'ended'}: ${other[end] - one[end]} ms apart`,
        apartMs: Math.abs(other[end] - one[end]),
      }));
    });
  });
};
