/**
 * What the team said was so, beside what was so at that moment.
 *
 *     claim accuracy   6 × weight of true claims / weight of all claims
 *
 * A confirmed cause weighs 1, "mitigated" 1, "resolved" 2. "Resolved" is true once the service has been restored for H and
 * still is; "mitigated" while it is relieved (`service-watch.ts`). Suspicions are free. What was once said truly is not
 * said again by repeating it; a false claim counts as often as it is made.
 */
import type { Story } from './story.ts';
import { spellAt } from './spells.ts';
import type { DrillFacts } from './facts.ts';
import { notObserved, observed, showEvent, type TeamItem } from './item.ts';
import type { EventOf } from '../trials.ts';

export type Claim = {
  readonly kind: 'cause' | 'mitigated' | 'resolved';
  /** `cause database/pool-limit-too-low`, `resolved` */
  readonly words: string;
  readonly weight: number;
  readonly isTrue: boolean;
  readonly atMs: number;
  readonly seq: number;
};

const weights = { cause: 1, mitigated: 1, resolved: 2 } as const;

const claimOf = (
  event: EventOf<'team.claimed'> | EventOf<'team.hypothesised'>,
  { started, service, drill }: DrillFacts,
): Claim => {
  const { atMs, seq } = event;
  if (event.type === 'team.hypothesised') {
    const isTrue = started.plan.truth.causes.includes(event.cause);
    return { kind: 'cause', words: `cause ${event.cause}`, weight: weights.cause, isTrue, atMs, seq };
  }
  const { claim } = event;
  const holding =
    claim === 'resolved' ? spellAt(service.restored, atMs, drill.holdMs) : spellAt(service.relieved, atMs);
  return { kind: claim, words: claim, weight: weights[claim], isTrue: holding !== undefined, atMs, seq };
};

/** The claims that are scored, in order. */
export const claimsOf = (facts: DrillFacts): readonly Claim[] => {
  const said = new Set<string>();
  const claims: Claim[] = [];
  for (const event of facts.response) {
    const isClaim =
      event.type === 'team.claimed' || (event.type === 'team.hypothesised' && event.status === 'confirmed');
    if (!isClaim || facts.injected === undefined || event.seq < facts.injected.seq) continue;
    const claim = claimOf(event, facts);
    if (claim.isTrue && said.has(claim.words)) continue;
    if (claim.isTrue) said.add(claim.words);
    claims.push(claim);
  }
  return claims;
};

export const claimsItem = ({ claims, clock }: Story): TeamItem => {
  const told = { id: 'claims', group: 'diagnosis', name: 'claims are true', max: 6 } as const;
  if (claims.length === 0) return notObserved({ ...told, visible: 'nothing was claimed' });
  const weigh = (some: readonly Claim[]): number => some.reduce((sum, { weight }) => sum + weight, 0);
  const all = weigh(claims);
  const right = weigh(claims.filter(({ isTrue }) => isTrue));
  const untrue = claims.filter(({ isTrue }) => !isTrue);
  return observed({
    ...told,
    share: right / all,
    sum: `6 × ${right}/${all}`,
    visible:
      untrue.length === 0
        ? `${claims.length === 1 ? 'the one claim was' : `all ${claims.length} claims were`} true`
        : `not so at that moment: ${untrue.map(({ words, atMs }) => `${words} at ${clock(atMs)}`).join(', ')}`,
    working: claims.map(
      (claim) => `${showEvent(claim)}  ${claim.words}: ${claim.isTrue ? 'true' : 'false'}, weight ${claim.weight}`,
    ),
    evidence: claims.map(({ seq }) => seq),
  });
};
