/**
 * `gameday.yaml`: what is true of a project whatever experiment runs. The file and each of its parts may be missing; what is
 * not written is what the built-in replica needs.
 */
import { z } from 'zod';
import type { Read, Source } from './document.ts';
import { text, versionOne } from './fields.ts';
import { readYaml } from './yaml.ts';

export const projectSettingsFile = 'gameday.yaml';

export type ProjectSettings = {
  readonly monitoring: {
    /** By what names the team's rules ask for PostgreSQL's metrics. */
    readonly metrics: 'postgres_exporter' | 'cloudnative-pg';
    /** 2: ranges and lookbacks include their left edge, bounds of buckets stay as written: before Prometheus 3. */
    readonly prometheus: 2 | 3;
  };
  /** Programs of real servers that take the place of the built-in ones, as written: relative to the project. */
  readonly originals: {
    readonly toxiproxy?: string;
    readonly prometheus?: string;
    readonly alertmanager?: string;
  };
};

const settingsShape = z.strictObject({
  version: versionOne,
  monitoring: z
    .strictObject({
      metrics: z.enum(['postgres_exporter', 'cloudnative-pg']).default('postgres_exporter'),
      prometheus: z
        .literal([2, 3], 'expected 2 or 3, the version whose semantics the rules were written for')
        .default(3),
    })
    .prefault({}),
  originals: z
    .strictObject({ toxiproxy: text.optional(), prometheus: text.optional(), alertmanager: text.optional() })
    .prefault({}),
});

/** What holds where nothing is written. */
export const defaultSettings: ProjectSettings = {
  monitoring: { metrics: 'postgres_exporter', prometheus: 3 },
  originals: {},
};

export const readProjectSettings = (source: Source): Read<ProjectSettings> => {
  const read = readYaml(source, settingsShape);
  if (!read.ok) return read;
  const { monitoring, originals } = read.value.value;
  return { ok: true, value: { monitoring, originals: definedOf(originals) } };
};

/** Without the keys that were not written. */
const definedOf = (written: {
  readonly [program in keyof ProjectSettings['originals']]: string | undefined;
}): ProjectSettings['originals'] =>
  Object.fromEntries(Object.entries(written).filter(([, path]) => path !== undefined));
