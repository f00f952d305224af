/**
 * What a responder can do, as data: a screen, a line of text and `gameday say` all come to one of these, and the conductor
 * turns it into events. A claim is recorded, never corrected.
 */
import { z } from 'zod';

const words = z.string().trim().min(1).max(2_000);
const name = z.string().min(1).max(200);
/** Typed by a person after they were told what would be hit; see `Reply`. */
const confirm = z.string().max(200).optional();

export const logNames = ['postgres', 'shop', 'access'] as const;
export type LogName = (typeof logNames)[number];

export const action = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('acknowledge'), alert: name.optional() }),
  z.strictObject({ do: z.literal('focus'), component: name }),
  z.strictObject({
    do: z.literal('hypothesise'),
    cause: name,
    status: z.enum(['suspected', 'confirmed', 'ruled-out']),
    because: words.optional(),
  }),
  z.strictObject({ do: z.literal('declareSeverity'), severity: z.enum(['SEV-1', 'SEV-2', 'SEV-3', 'SEV-4']) }),
  z.strictObject({ do: z.literal('nameLead'), lead: name }),
  z.strictObject({ do: z.literal('escalate'), to: name, reason: words.optional() }),
  z.strictObject({ do: z.literal('update'), text: words }),
  z.strictObject({ do: z.literal('note'), text: words }),
  z.strictObject({ do: z.literal('sql'), text: z.string().min(1).max(20_000) }),
  /** The end of a log; `filter`: only lines that contain it. */
  z.strictObject({ do: z.literal('logs'), of: z.enum(logNames), filter: z.string().max(200).optional() }),
  z.strictObject({ do: z.literal('promql'), text: z.string().min(1).max(20_000) }),
  /** To read it. Without a name: the one behind the alert that paged, or the list. */
  z.strictObject({ do: z.literal('openRunbook'), runbook: name.optional() }),
  /** `step`: its name, or its number from 1, in the runbook that was opened last. */
  z.strictObject({ do: z.literal('runStep'), step: name, confirm }),
  z.strictObject({ do: z.literal('rateStep'), step: name, helpful: z.boolean() }),
  z.strictObject({ do: z.literal('restart'), target: z.enum(['postgres', 'service']), confirm }),
  z.strictObject({
    do: z.literal('configure'),
    target: z.literal('service'),
    /** Dotted path → value, e.g. `pool.max` → 20. */
    settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    confirm,
  }),
  z.strictObject({ do: z.literal('claim'), claim: z.enum(['mitigated', 'resolved']) }),
  /** Without a level: the next one. `confirm` is the level's name: its price is told first. */
  z.strictObject({ do: z.literal('hint'), level: z.enum(['nudge', 'pointer', 'solution']).optional(), confirm }),
  /** The red button: undo everything now, end the run, keep the evidence. */
  z.strictObject({ do: z.literal('stop'), reason: words.optional() }),
]);
export type Action = z.infer<typeof action>;

/** What the conductor answers. `lines` are foreign text (rows, logs): whoever shows them cleans them first. */
export type Reply =
  | { readonly type: 'done'; readonly title: string; readonly lines: readonly string[] }
  /** Nothing was done yet: send the action again with `confirm` set to `word`, which a person has typed. */
  | { readonly type: 'confirm'; readonly word: string; readonly says: string }
  | { readonly type: 'refused'; readonly problem: string; readonly hint: string | null };
