/** A file of cases for routes: which alerts are expected at which receivers, and which are inhibited by others. */
import { z } from 'zod';
import type { Read, Source } from '../../documents/document.ts';
import { labels, text } from '../../documents/fields.ts';
import { suggestName } from '../../documents/suggestion.ts';
import { readYaml } from '../../documents/yaml.ts';
import type { Place, Problem } from '../../errors.ts';

type Labels = Readonly<Record<string, string>>;

export type RouteCase = {
  readonly name: string;
  readonly at: Place;
  readonly labels: Labels;
  /** What else fires at the same time. */
  readonly firing: readonly Labels[];
  readonly expected: { readonly receivers: readonly string[]; readonly inhibited: boolean };
};

const shape = z.strictObject({
  cases: z
    .array(
      z.strictObject({
        name: text.optional(),
        labels,
        firing: z.array(labels).default([]),
        receivers: z.array(text),
        inhibited: z.enum(['true', 'false']).default('false'),
      }),
    )
    .min(1),
});

/** @param receivers Those that the configuration defines; another one that is expected is a mistake. */
export const readRouteCases = (source: Source, receivers: readonly string[]): Read<readonly RouteCase[]> => {
  const read = readYaml(source, shape, { scalars: 'text' });
  if (!read.ok) return read;
  const { value, places } = read.value;
  const problems = value.cases.flatMap((each, index) =>
    each.receivers.flatMap((receiver, i): readonly Problem[] => {
      if (receivers.includes(receiver)) return [];
      const message = `receiver "${receiver}" is not defined; expected one of ${receivers.join(', ')}`;
      const hint = suggestName(receiver, receivers);
      return [{ message, at: places.of('cases', index, 'receivers', i), hint }];
    }),
  );
  if (problems.length > 0) return { ok: false, problems };
  const cases = value.cases.map((each, index): RouteCase => {
    const { name = `case ${index + 1}`, labels: own, firing } = each;
    const expected = { receivers: each.receivers, inhibited: each.inhibited === 'true' };
    return { name, at: places.of('cases', index), labels: own, firing, expected };
  });
  return { ok: true, value: cases };
};
