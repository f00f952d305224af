/**
 * What may be written in an experiment, and the rules between its parts; a rule speaks once the parts it is about are well
 * formed. Positions and paths are added by the reader.
 */
import { z } from 'zod';
import { seconds } from '../units.ts';
import { capabilities, runbookVerdicts, type LoadSettings, type ServiceSettings, type Spike } from './experiment.ts';
import { count, duration, labels, perSecond, share, someTime, text, uniqueBy, versionOne } from './fields.ts';
import type { OwnService } from './service-settings.ts';
import { suggestName } from './suggestion.ts';

/** The faults there are, by name, each with the shape of its parameters. */
export type FaultKinds = Readonly<Record<string, { readonly params: z.ZodType }>>;

type Measurement = {
  readonly promql?: string | undefined;
  readonly sql?: string | undefined;
  readonly below?: number | undefined;
  readonly above?: number | undefined;
};

const checkMeasurement = ({ promql, sql, below, above }: Measurement, context: z.RefinementCtx): void => {
  const problem = (message: string, hint: string): void =>
    context.addIssue({ code: 'custom', message, params: { hint } });
  const bounds = [below, above].filter((bound) => bound !== undefined);
  if ((promql === undefined) === (sql === undefined))
    problem(
      'a measurement has either promql or sql, exactly one of them',
      'write promql: with below: or above:, or sql: alone',
    );
  else if (sql !== undefined && bounds.length > 0)
    problem(
      'a sql measurement answers true or false; below and above belong to promql',
      'put the comparison into the SQL text',
    );
  else if (promql !== undefined && bounds.length === 0)
    problem('a promql measurement says which values are good; it has neither below nor above', 'add below: or above:');
  else if (below !== undefined && above !== undefined && below <= above)
    problem(`no number is below ${below} and above ${above}`, 'exchange the two, or keep one');
};

const measurement = {
  promql: text.optional(),
  sql: text.optional(),
  below: z.number().optional(),
  above: z.number().optional(),
};
const namedTolerance = z.strictObject({ name: text, ...measurement }).superRefine(checkMeasurement);
const tolerance = z.strictObject({ name: text.optional(), ...measurement }).superRefine(checkMeasurement);

const abortCondition = z
  .strictObject({ name: text, promql: text, below: measurement.below, above: measurement.above, for: duration })
  .superRefine(checkMeasurement);

const shopService = z
  .strictObject({
    instances: count,
    pool: z.strictObject({ max: count, acquireTimeout: someTime, idleTimeout: duration }),
    /** Without it a request keeps its connection for its queries only. */
    work: z
      .strictObject({ browse: duration, checkout: duration })
      .default({ browse: seconds(0), checkout: seconds(0) }),
  })
  .transform(({ instances, pool, work }): ServiceSettings => ({
    instances,
    pool: { max: pool.max, acquireTimeoutMs: pool.acquireTimeout, idleTimeoutMs: pool.idleTimeout },
    work: { browseMs: work.browse, checkoutMs: work.checkout },
  }));

/** Few enough to stand out in an access log. */
const addresses = z.int().min(1).max(20);
/** What kind of load it is, is a key of the entry; see `Spike`. */
const spike = z
  .strictObject({
    at: duration,
    for: someTime,
    why: text,
    times: z.number().gt(0).optional(),
    burst: z.strictObject({ rate: perSecond('requests', '12/s'), addresses }).optional(),
    uploads: z.strictObject({ rate: perSecond('uploads', '6/s') }).optional(),
  })
  .transform(({ at: atMs, for: forMs, why, times, burst, uploads }, context): Spike => {
    const when = { atMs, forMs, why };
    const kinds: readonly Spike[] = [
      ...(times === undefined ? [] : [{ ...when, kind: 'buyers', times } as const]),
      ...(burst === undefined
        ? []
        : [{ ...when, kind: 'burst', ratePerSecond: burst.rate, addresses: burst.addresses } as const]),
      ...(uploads === undefined ? [] : [{ ...when, kind: 'uploads', ratePerSecond: uploads.rate } as const]),
    ];
    const [only, another] = kinds;
    if (only !== undefined && another === undefined) return only;
    const message = `a spike is of one kind, this one has ${only === undefined ? 'none' : 'several'}`;
    const hint =
      'write one of times: (buyers), burst: (a robot) and uploads: (pictures); give each an entry of its own';
    context.addIssue({ code: 'custom', message, params: { hint } });
    return z.NEVER;
  });

/** Of the buyers' own rate. What is meant to look like the cause must not become one. */
const burstShareMax = 0.5;
const shopLoad = z
  .strictObject({
    arrivals: z.enum(['poisson', 'constant']),
    rate: perSecond('buyers', '60/s'),
    spikes: z.array(spike).default([]),
  })
  .superRefine(({ rate, spikes }, context) => {
    const most = rate * burstShareMax;
    for (const [index, each] of spikes.entries())
      if (each.kind === 'burst' && each.ratePerSecond > most)
        context.addIssue({
          code: 'custom',
          path: ['spikes', index, 'burst', 'rate'],
          message: `expected at most half of the buyers' own rate, so that it hurts nobody`,
          params: { hint: `write ${most}/s or less` },
        });
  })
  .transform(({ rate, ...rest }): LoadSettings => ({ ...rest, ratePerSecond: rate }));

/** What the whole project has in common is not said again by each of its experiments. */
const inProject = (key: string) =>
  z.unknown().superRefine((written, context) => {
    if (written === undefined) return;
    const message = `${key} is about the built-in shop, and this project has a service of its own`;
    context.addIssue({
      code: 'custom',
      message,
      params: { hint: 'remove it: gameday.yaml says service: and traffic:' },
    });
  });

const ownSpike = spike.superRefine(({ kind }, context) => {
  if (kind === 'buyers') return;
  const message = `${kind}: asks the built-in shop, and this project has a service of its own`;
  context.addIssue({ code: 'custom', message, params: { hint: 'use times: for more of its own traffic' } });
});

/** `service:` and `load:`: of a project's own service an experiment only says what is added to its traffic. */
const parts = (own: OwnService | undefined) =>
  own === undefined
    ? { service: shopService, load: shopLoad }
    : {
        service: inProject('service')
          .optional()
          .transform(() => own),
        load: z
          .strictObject({
            arrivals: inProject('load.arrivals').optional(),
            rate: inProject('load.rate').optional(),
            spikes: z.array(ownSpike).default([]),
          })
          .prefault({})
          .transform(({ spikes }): LoadSettings => {
            const { arrivals, ratePerSecond, routes } = own.traffic;
            return { arrivals, ratePerSecond, routes, spikes };
          }),
      };

/** Each kind of fault is a key of the entry, so a misspelt fault is an unknown key, with the nearest one as its hint. */
const faultEntry = (kinds: FaultKinds) => {
  const entries = Object.entries(kinds).map(([name, { params }]) => [name, strict(params).optional()] as const);
  return z.strictObject({ at: duration, ...Object.fromEntries(entries) }).transform(({ at, ...chosen }, context) => {
    const [fault, another] = Object.entries(chosen).filter(([, params]) => params !== undefined);
    if (fault !== undefined && another === undefined) return { atMs: at, fault: fault[0], params: fault[1] };
    const message = `a fault entry has one fault, this one has ${fault === undefined ? 'none' : 'several'}`;
    const hint =
      fault === undefined ? suggestName('', Object.keys(kinds)) : 'give each fault an entry of its own, each with at:';
    context.addIssue({ code: 'custom', message, params: { hint } });
    return z.NEVER;
  });
};

/** A parameter nobody knows would be silently dropped otherwise. */
const strict = (params: z.ZodType): z.ZodType => (params instanceof z.ZodObject ? params.strict() : params);

const alert = z.strictObject({
  name: text,
  labels: labels.default({}),
  within: someTime,
  receiver: text,
  resolvesWithin: someTime.optional(),
});

const identityOf = ({ name, labels: pairs }: { name: string; labels: Record<string, string> }): string =>
  JSON.stringify([name, Object.entries(pairs).toSorted(([a], [b]) => (a < b ? -1 : 1))]);

const expectations = z
  .strictObject({
    alerts: z.array(alert).default([]).superRefine(uniqueBy('name', identityOf)),
    quiet: z.strictObject({ allow: z.array(text).default([]) }).prefault({}),
    runbook: z.strictObject({ alert: text.optional(), verdict: z.enum(runbookVerdicts), within: someTime }).optional(),
  })
  .superRefine(({ alerts, quiet, runbook }, context) => {
    const names = alerts.map(({ name }) => name);
    for (const [index, name] of quiet.allow.entries()) {
      if (!names.includes(name)) continue;
      const message = `${name} is expected to fire and also allowed to fire unexpectedly`;
      const hint = 'remove it from quiet.allow';
      context.addIssue({ code: 'custom', path: ['quiet', 'allow', index], message, params: { hint } });
    }
    if (runbook === undefined) return;
    if (names.length === 0) {
      const message = 'a runbook is found through an alert, but no alert is expected';
      context.addIssue({
        code: 'custom',
        path: ['runbook'],
        message,
        params: { hint: 'add the alert to expect.alerts' },
      });
    } else if (runbook.alert !== undefined && !names.includes(runbook.alert)) {
      const message = `expect.runbook.alert is "${runbook.alert}"; expected one of the expected alerts`;
      const hint = suggestName(runbook.alert, names);
      context.addIssue({ code: 'custom', path: ['runbook', 'alert'], message, params: { hint } });
    }
  });

/** The part before the slash is the component. */
const cause = z.string().regex(/^[\w-]+\/[\w-]+$/, 'expected COMPONENT/CAUSE, such as database/slow-query');

const truth = z.strictObject({
  components: z.array(text).min(1),
  causes: z.array(cause).min(1),
  severity: text,
  nature: z.enum(['curable', 'external']).default('curable'),
  healed: z.array(tolerance).min(1),
  mayChange: z.array(text).default([]),
});

/** As the journal says them; a name that no act has would never be harmful. */
const act = z
  .string()
  .regex(
    /^(?:restart-postgres|restart-service|configure-service|step \S+)$/,
    'expected restart-postgres, restart-service, configure-service or step NAME',
  );

const drill = z.strictObject({
  speed: z.number().min(1).max(1_000).default(1),
  timeScale: z.literal([1, 2, 3, 5, 10]),
  limit: someTime,
  escalation: z.strictObject({ required: z.boolean(), to: text }).optional(),
  distractors: z.array(cause).default([]),
  notes: z.array(z.strictObject({ at: duration, to: text, text })).default([]),
  hints: z.array(z.strictObject({ level: z.enum(['nudge', 'pointer', 'solution']), text })).default([]),
  harmful: z.array(z.strictObject({ act, severity: z.enum(['minor', 'major', 'critical']), why: text })).default([]),
});

/** An alert cannot be both expected and a reason to stop: no run could show both. */
const checkAborts = (
  { expect, abort }: { expect: z.output<typeof expectations>; abort: readonly z.output<typeof abortCondition>[] },
  context: z.RefinementCtx,
): void => {
  for (const [index, { name, promql }] of abort.entries()) {
    const watched = [...promql.matchAll(/\balertname\s*=\s*["']([^"']+)["']/g)].map(([, found]) => found);
    const both = expect.alerts.find((expected) => expected.name === name || watched.includes(expected.name));
    if (both === undefined) continue;
    const message = `${both.name} is expected to fire, but as an abort condition it would end the run`;
    context.addIssue({
      code: 'custom',
      path: ['abort', index],
      message,
      params: { hint: 'remove it from one of the two' },
    });
  }
};

/** Who finds the truth must not be told that it was a distractor. */
const checkDistractors = (
  { truth: { causes }, drill: played }: { truth: z.output<typeof truth>; drill?: z.output<typeof drill> | undefined },
  context: z.RefinementCtx,
): void => {
  for (const [index, distractor] of (played?.distractors ?? []).entries()) {
    if (!causes.includes(distractor)) continue;
    const message = `${distractor} is one of truth.causes and also a distractor`;
    const hint = 'remove it from drill.distractors';
    context.addIssue({ code: 'custom', path: ['drill', 'distractors', index], message, params: { hint } });
  }
};

/** @param own The project's own service, where it is not the built-in shop. */
export const experimentShape = (kinds: FaultKinds, own: OwnService | undefined) =>
  z
    .strictObject({
      version: versionOne,
      title: text,
      summary: text,
      postmortem: text.optional(),
      needs: z.array(z.enum(capabilities)).default([]),
      ...parts(own),
      steadyState: z.array(namedTolerance).min(1).superRefine(uniqueBy('name')),
      faults: z.array(faultEntry(kinds)).min(1),
      impact: z.strictObject({ share, of: z.literal('buyers'), tolerance: share }).optional(),
      expect: expectations,
      abort: z.array(abortCondition).default([]).superRefine(uniqueBy('name')),
      truth,
      drill: drill.optional(),
    })
    .superRefine(checkAborts)
    .superRefine(checkDistractors);

export type WrittenTolerance = z.output<typeof tolerance>;
export type WrittenDrill = z.output<typeof drill>;
