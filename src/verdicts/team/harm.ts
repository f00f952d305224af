/**
 * What the team's own acts cost.
 *
 *     safety   max(0, 15 − sum of harm);  minor 3, major 7, critical 15
 *
 * Harm is objective. Either the act is on the experiment's list; or buyers felt it: in the minute after it the mean share of
 * failed buyers was at least ten points above that of the minute before, and later came back (`act-watch.ts`). What comes
 * back was no part of the outage. An act that itself heals is never harm of this second kind: a restart that is the remedy
 * may cost a few seconds; healed means that the service is relieved within that minute. Several acts in one minute are
 * charged once for what buyers felt.
 */
import type { PlannedDrill } from '../../plan/plan.ts';
import { isRise, minuteMs } from './act-watch.ts';
import type { Story } from './story.ts';
import { observed, showEvent, type TeamItem } from './item.ts';
import { eventsOf } from '../trials.ts';

type Severity = PlannedDrill['harmful'][number]['severity'];

export const harmPoints = { minor: 3, major: 7, critical: 15 } as const satisfies Record<Severity, number>;

export type Harm = {
  readonly act: string;
  readonly severity: Severity;
  readonly why: string;
  readonly atMs: number;
  readonly seq: number;
  readonly evidence: readonly number[];
};

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

const listedHarms = ({ facts: { response, drill } }: Story): readonly Harm[] =>
  eventsOf(response, 'team.acted').flatMap(({ act, atMs, seq }) => {
    const listed = drill.harmful.find((harmful) => harmful.act === act);
    return listed === undefined ? [] : [{ ...listed, atMs, seq, evidence: [seq] }];
  });

const feltHarms = ({ facts: { felt, service } }: Story, listed: readonly Harm[]): readonly Harm[] => {
  const harms: Harm[] = [];
  let chargedMs = -Infinity;
  for (const { act, before, after, returned, evidence } of felt) {
    const { atMs, seq } = act;
    const heals = service.relieved.some(({ fromMs }) => fromMs >= atMs && fromMs <= atMs + minuteMs);
    if (!returned || !isRise(before, after) || heals || listed.some((harm) => harm.seq === seq)) continue;
    if (atMs < chargedMs + minuteMs) continue;
    chargedMs = atMs;
    const why = `failed buyers rose from ${percent(before)} to ${percent(after)} for a minute`;
    harms.push({ act: act.act, severity: 'minor', why, atMs, seq, evidence: [seq, ...evidence] });
  }
  return harms;
};

/** In the order in which it was done. */
export const harmsOf = (story: Story): readonly Harm[] => {
  const listed = listedHarms(story);
  return [...listed, ...feltHarms(story, listed)].toSorted((a, b) => a.seq - b.seq);
};

export const safetyItem = (story: Story): TeamItem => {
  const harms = harmsOf(story);
  const cost = harms.reduce((sum, { severity }) => sum + harmPoints[severity], 0);
  const minus = harms.map(({ severity }) => ` − ${harmPoints[severity]}`).join('');
  return observed({
    id: 'safety',
    group: 'safety',
    name: 'no harm done',
    max: 15,
    share: Math.max(0, 15 - cost) / 15,
    sum: harms.length === 0 ? '15' : `max(0, 15${minus})`,
    visible:
      harms.length === 0
        ? 'no act made it worse'
        : harms.map(({ act, severity, atMs }) => `${act} (${severity}) at ${story.clock(atMs)}`).join(', '),
    working: harms.map(
      (harm) => `${showEvent(harm)}  ${harm.act}: ${harm.severity}, ${harmPoints[harm.severity]}: ${harm.why}`,
    ),
    evidence: [...new Set(harms.flatMap(({ evidence }) => evidence))],
  });
};
