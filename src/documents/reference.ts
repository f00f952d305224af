/** The reviewed reading of a postmortem: `NAME.reference.yaml`. Scoring uses this file only, never the prose. */
import { z } from 'zod';
import { formatDuration, ms, type Ms } from '../units.ts';
import type { Placed, Read, Source } from './document.ts';
import { besideFile, duration, isoDate, someTime, text, uniqueBy, versionOne } from './fields.ts';
import { readYaml } from './yaml.ts';

export const milestones = [
  'triggered',
  'detected',
  'notified',
  'acknowledged',
  'investigating',
  'wrong_lead',
  'right_lead',
  'diagnosed',
  'escalated',
  'mitigated',
  'restarted',
  'resolved',
  'other',
] as const;
export type Milestone = (typeof milestones)[number];

export type ReferenceEvent = Placed & {
  readonly atMs: Ms;
  readonly milestone: Milestone;
  readonly component?: string;
  readonly to?: string;
};

/** How an action item of the postmortem is shown to be done. */
export type ActionItemCheck =
  | { readonly type: 'auditPools' }
  | { readonly type: 'alertFires'; readonly alert: string }
  | { readonly type: 'runbookVerified'; readonly alert: string }
  | { readonly type: 'scheduledVerifyWithin'; readonly withinMs: Ms }
  | { readonly type: 'drilledWithin'; readonly withinMs: Ms }
  | { readonly type: 'attested'; readonly by: string; readonly date: string; readonly expires: string };

export type ActionItem = Placed & { readonly id: string; readonly text: string; readonly check?: ActionItemCheck };

export type Reference = {
  readonly file: string;
  /** The Markdown it was read from, and that file's SHA-256 when it was reviewed; a difference is drift. */
  readonly postmortem: Placed & { readonly file: string; readonly sha256: string };
  readonly granularityMs: Ms;
  readonly severity: string;
  readonly rootCause: { readonly component: string; readonly cause: string; readonly text: string };
  readonly timeline: readonly ReferenceEvent[];
  readonly actionItems: readonly ActionItem[];
};

const check = z
  .strictObject({
    auditPools: z.strictObject({}).optional(),
    alertFires: text.optional(),
    runbookVerified: text.optional(),
    scheduledVerifyWithin: someTime.optional(),
    drilledWithin: someTime.optional(),
    attested: z.strictObject({ by: text, date: isoDate, expires: isoDate }).optional(),
  })
  .transform((written, context): ActionItemCheck => {
    const { auditPools, alertFires, runbookVerified, scheduledVerifyWithin, drilledWithin, attested } = written;
    const forms: readonly (ActionItemCheck | undefined)[] = [
      auditPools && { type: 'auditPools' },
      alertFires === undefined ? undefined : { type: 'alertFires', alert: alertFires },
      runbookVerified === undefined ? undefined : { type: 'runbookVerified', alert: runbookVerified },
      scheduledVerifyWithin === undefined
        ? undefined
        : { type: 'scheduledVerifyWithin', withinMs: scheduledVerifyWithin },
      drilledWithin === undefined ? undefined : { type: 'drilledWithin', withinMs: drilledWithin },
      attested && { type: 'attested', ...attested },
    ];
    const [form, another] = forms.filter((given) => given !== undefined);
    if (form !== undefined && another === undefined) return form;
    const message = `a check has one form, this one has ${form === undefined ? 'none' : 'several'}`;
    const hint = 'use one of: auditPools, alertFires, runbookVerified, scheduledVerifyWithin, drilledWithin, attested';
    context.addIssue({ code: 'custom', message, params: { hint } });
    return z.NEVER;
  });

const timelineEntry = z
  .strictObject({ at: duration, milestone: z.enum(milestones), component: text.optional(), to: text.optional() })
  .superRefine(({ milestone, component, to }, context) => {
    const isLead = milestone === 'wrong_lead' || milestone === 'right_lead';
    const problem = (message: string, hint: string): void =>
      context.addIssue({ code: 'custom', message, params: { hint } });
    if (isLead && component === undefined)
      problem(
        `a ${milestone} is about a component, and none is named`,
        'add component:, for example component: database',
      );
    if (!isLead && component !== undefined)
      problem(`component belongs to wrong_lead and right_lead; this is ${milestone}`, 'remove component:');
    if (milestone !== 'escalated' && to !== undefined)
      problem(`to belongs to escalated; this is ${milestone}`, 'remove to:');
  });

const timeline = z
  .array(timelineEntry)
  .min(1)
  .superRefine((entries, context) => {
    let latest = ms(0);
    for (const [index, { at }] of entries.entries()) {
      if (at < latest) {
        const message = `${formatDuration(at)} comes after ${formatDuration(latest)}; expected times that never go back`;
        context.addIssue({
          code: 'custom',
          path: [index, 'at'],
          message,
          params: { hint: 'put the entries in the order of time' },
        });
      }
      latest = ms(Math.max(latest, at));
    }
  });

const shape = z.strictObject({
  version: versionOne,
  postmortem: z.strictObject({
    file: text,
    sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected the 64 hexadecimal digits of the SHA-256 of the file'),
  }),
  granularity: someTime,
  severity: text,
  rootCause: z.strictObject({ component: text, cause: text, text }),
  timeline,
  actionItems: z
    .array(z.strictObject({ id: text, text, check: check.optional() }))
    .default([])
    .superRefine(uniqueBy('id')),
});

export const readReference = (source: Source): Read<Reference> => {
  const read = readYaml(source, shape);
  if (!read.ok) return read;
  const { value: written, places } = read.value;
  const reference: Reference = {
    file: source.file,
    postmortem: {
      at: places.of('postmortem'),
      file: besideFile(source.file, written.postmortem.file),
      sha256: written.postmortem.sha256,
    },
    granularityMs: written.granularity,
    severity: written.severity,
    rootCause: written.rootCause,
    timeline: written.timeline.map(({ at, milestone, component, to }, index) => ({
      at: places.of('timeline', index),
      atMs: at,
      milestone,
      ...(component === undefined ? {} : { component }),
      ...(to === undefined ? {} : { to }),
    })),
    actionItems: written.actionItems.map(({ id, text: words, check: form }, index) => ({
      at: places.of('actionItems', index),
      id,
      text: words,
      ...(form === undefined ? {} : { check: form }),
    })),
  };
  return { ok: true, value: reference };
};
