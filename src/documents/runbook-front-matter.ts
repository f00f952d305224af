/** The front matter of a runbook: everything of ours stands under `gameday:`; all other keys belong to other tools. */
import { z } from 'zod';
import type { Ms } from '../units.ts';
import type { Read } from './document.ts';
import { duration, isoDate, someTime, text, uniqueBy, versionOne } from './fields.ts';
import type { Markdown } from './markdown.ts';
import type { RunbookConnection } from './runbook.ts';
import { readYaml } from './yaml.ts';

export type FrontMatter = {
  readonly title?: string;
  readonly alerts: readonly string[];
  readonly owner?: string;
  readonly withinMs?: Ms;
  readonly timeoutMs?: Ms;
  readonly connections: readonly RunbookConnection[];
};

const notYet = z
  .undefined('vars are not supported yet; write the value into the step, or capture it in an earlier one')
  .optional();

const ours = z.strictObject({
  version: versionOne,
  alerts: z
    .array(text)
    .min(1)
    .transform((names) => names.map((name) => ({ name })))
    .superRefine(uniqueBy('name')),
  owner: text.optional(),
  escalation: z.strictObject({ after: duration, to: text, via: text.optional() }).optional(),
  reviewed: isoDate.optional(),
  within: someTime.optional(),
  connections: z
    .record(text, z.strictObject({ role: text, via: z.enum(['direct', 'service']).default('service') }))
    .default({}),
  vars: notYet,
  defaults: z.strictObject({ timeout: someTime.optional() }).prefault({}),
});

const shape = z.looseObject({ title: z.unknown().optional(), gameday: ours.optional() }).nullable();

/** A file without front matter, or with another tool's only, is a runbook for people: no connections, no alerts. */
export const readFrontMatter = (file: string, frontMatter: Markdown['frontMatter']): Read<FrontMatter> => {
  const nothing: FrontMatter = { alerts: [], connections: [] };
  if (frontMatter === undefined) return { ok: true, value: nothing };
  // Blank lines in front of it give every place its line in the whole file.
  const lines = '\n'.repeat(frontMatter.line - 1) + frontMatter.text;
  const read = readYaml({ file, text: lines }, shape);
  if (!read.ok) return read;
  const { title, gameday } = read.value.value ?? {};
  const titled = typeof title === 'string' ? { title } : {};
  if (gameday === undefined) return { ok: true, value: { ...nothing, ...titled } };
  const { alerts, owner, within, connections, defaults } = gameday;
  const value: FrontMatter = {
    ...titled,
    alerts: alerts.map(({ name }) => name),
    ...(owner === undefined ? {} : { owner }),
    ...(within === undefined ? {} : { withinMs: within }),
    ...(defaults.timeout === undefined ? {} : { timeoutMs: defaults.timeout }),
    connections: Object.entries(connections).map(([name, { role, via }]) => ({ name, role, via })),
  };
  return { ok: true, value };
};
