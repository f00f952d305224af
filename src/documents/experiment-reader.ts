/** Reads an experiment: the shape says what is allowed, this file adds where it stood and resolves paths and defaults. */
import { posix } from 'node:path';
import type { Read, Source } from './document.ts';
import type { Bound, Drill, Experiment, Tolerance } from './experiment.ts';
import { experimentShape, type FaultKinds, type WrittenDrill, type WrittenTolerance } from './experiment-shape.ts';
import { besideFile } from './fields.ts';
import type { Place } from '../errors.ts';
import type { OwnService } from './service-settings.ts';
import { readYaml } from './yaml.ts';

/**
 * @param faults The faults that exist; an entry's parameters are what its schema makes of the written ones.
 * @param own The service of gameday.yaml; the built-in shop unless given.
 */
export const readExperiment = (
  source: Source,
  { faults, own }: { readonly faults: FaultKinds; readonly own?: OwnService | undefined },
): Read<Experiment> => {
  const read = readYaml(source, experimentShape(faults, own));
  if (!read.ok) return read;
  const { value: written, places } = read.value;
  const { file } = source;
  const { postmortem, impact, expect, truth, drill } = written;
  const [firstAlert] = expect.alerts;
  const experiment: Experiment = {
    name: posix.basename(file).replace(/\.ya?ml$/, ''),
    file,
    title: written.title,
    summary: written.summary,
    ...(postmortem === undefined
      ? {}
      : { postmortem: { at: places.of('postmortem'), file: besideFile(file, postmortem) } }),
    needs: written.needs,
    service: written.service,
    load: written.load,
    steadyState: written.steadyState.map((entry, index) =>
      toleranceOf(entry, entry.name, places.of('steadyState', index)),
    ),
    faults: written.faults.map((entry, index) => ({ ...entry, at: places.of('faults', index) })),
    ...(impact === undefined ? {} : { impact }),
    expect: {
      alerts: expect.alerts.map(({ name, labels, within, receiver, resolvesWithin }, index) => ({
        at: places.of('expect', 'alerts', index),
        name,
        labels,
        withinMs: within,
        receiver,
        ...(resolvesWithin === undefined ? {} : { resolvesWithinMs: resolvesWithin }),
      })),
      quiet: expect.quiet,
      ...(expect.runbook === undefined || firstAlert === undefined
        ? {}
        : {
            runbook: {
              at: places.of('expect', 'runbook'),
              alert: expect.runbook.alert ?? firstAlert.name,
              verdict: expect.runbook.verdict,
              withinMs: expect.runbook.within,
            },
          }),
    },
    abort: written.abort.map((entry, index) => ({
      at: places.of('abort', index),
      name: entry.name,
      promql: entry.promql,
      forMs: entry.for,
      ...boundOf(entry),
    })),
    truth: {
      ...truth,
      healed: truth.healed.map((entry, index) => {
        const ordinal = truth.healed.length === 1 ? '' : ` (${index + 1})`;
        return toleranceOf(entry, entry.name ?? `cause is gone${ordinal}`, places.of('truth', 'healed', index));
      }),
    },
    ...(drill === undefined ? {} : { drill: drillOf(drill) }),
  };
  return { ok: true, value: experiment };
};

const boundOf = ({ below, above }: { below?: number | undefined; above?: number | undefined }): Bound => ({
  ...(below === undefined ? {} : { below }),
  ...(above === undefined ? {} : { above }),
});

const toleranceOf = (written: WrittenTolerance, name: string, at: Place): Tolerance =>
  written.sql === undefined
    ? { at, name, language: 'promql', query: written.promql ?? '', ...boundOf(written) }
    : { at, name, language: 'sql', query: written.sql };

const drillOf = ({ speed, timeScale, limit, escalation, distractors, notes, hints, harmful }: WrittenDrill): Drill => ({
  speed,
  timeScale,
  limitMs: limit,
  ...(escalation === undefined ? {} : { escalation }),
  distractors,
  notes: notes.map(({ at, to, text }) => ({ atMs: at, to, text })),
  hints,
  harmful,
});
