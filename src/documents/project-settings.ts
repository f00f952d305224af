/**
 * `gameday.yaml`: what is true of a project whatever experiment runs. The file and each of its parts may be missing; what is
 * not written is what the built-in replica needs.
 */
import { z } from 'zod';
import type { Placed, Read, Source } from './document.ts';
import { defaultMark, drillMark, type DrillMark } from './drill-mark.ts';
import { environmentsShape, type EnvironmentSettings } from './environment-settings.ts';
import { text, versionOne } from './fields.ts';
import { serviceShape, type OwnService } from './service-settings.ts';
import { suggestName } from './suggestion.ts';
import { readYaml } from './yaml.ts';

export const projectSettingsFile = 'gameday.yaml';

type OriginalName = 'toxiproxy' | 'prometheus' | 'alertmanager';

export type ProjectSettings = {
  readonly monitoring: {
    /** By what names the team's rules ask for PostgreSQL's metrics. */
    readonly metrics: 'postgres_exporter' | 'cloudnative-pg';
    /** 2: ranges and lookbacks include their left edge, bounds of buckets stay as written: before Prometheus 3. */
    readonly prometheus: 2 | 3;
    /** null: the notifications of a run look like those of an outage. */
    readonly drillMark: DrillMark | null;
  };
  /** Programs of real servers that take the place of the built-in ones, as written: relative to the project. */
  readonly originals: Readonly<Partial<Record<OriginalName, Placed & { readonly path: string }>>>;
  /** Where runs take place unless `--env` says otherwise: `embedded`, `containers`, or the name of one of `environments`. */
  readonly environment: string;
  readonly environments: EnvironmentSettings;
  /** The team's own service; absent where it is the built-in shop. */
  readonly service?: OwnService;
};

const shape = z.strictObject({
  version: versionOne,
  monitoring: z
    .strictObject({
      metrics: z.enum(['postgres_exporter', 'cloudnative-pg']).default('postgres_exporter'),
      prometheus: z
        .literal([2, 3], 'expected 2 or 3, the version whose semantics the rules were written for')
        .default(3),
      drillMark,
    })
    .prefault({}),
  originals: z
    .strictObject({ toxiproxy: text.optional(), prometheus: text.optional(), alertmanager: text.optional() })
    .prefault({}),
  environment: text.default('embedded'),
  environments: environmentsShape.prefault({}),
  service: serviceShape.optional(),
});

const settingsShape = shape.superRefine(({ environment, environments }, context) => {
  const known = ['embedded', 'containers', ...Object.keys(environments)];
  if (known.includes(environment)) return;
  const message = `expected embedded, containers, or a name under environments`;
  const hint = suggestName(environment, known);
  context.addIssue({ code: 'custom', path: ['environment'], message, params: { hint } });
});

/** What holds where nothing is written. */
export const defaultSettings: ProjectSettings = {
  monitoring: { metrics: 'postgres_exporter', prometheus: 3, drillMark: defaultMark },
  originals: {},
  environment: 'embedded',
  environments: {},
};

export const readProjectSettings = (source: Source): Read<ProjectSettings> => {
  const read = readYaml(source, settingsShape);
  if (!read.ok) return read;
  const { value, places } = read.value;
  const { monitoring, environment } = value;
  const originals = Object.fromEntries(
    Object.entries(value.originals).flatMap(([name, path]) =>
      path === undefined ? [] : [[name, { path, at: places.of('originals', name) }]],
    ),
  );
  const environments = Object.fromEntries(
    Object.entries(value.environments).map(([name, written]) => [
      name,
      { ...written, at: places.ofKey('environments', name) },
    ]),
  );
  const service = value.service === undefined ? {} : { service: { ...value.service, at: places.ofKey('service') } };
  return { ok: true, value: { monitoring, originals, environment, environments, ...service } };
};
