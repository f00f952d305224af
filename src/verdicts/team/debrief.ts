/**
 * What to talk about afterwards: four to seven questions from what was to be seen, about what made sense at the time and
 * never about who. The same drill always asks the same ones, in the same order, under the same ids, so that answers can be
 * kept beside them.
 */
import type { Harm } from './harm.ts';
import type { Gap } from './communication.ts';
import type { Claim } from './claims.ts';
import { milestoneWords, type Timed } from './timing.ts';
import { showClock } from '../durations.ts';
import type { EventOf } from '../trials.ts';

export type DebriefQuestion = {
  /** `wrong-lead-1` */
  readonly id: string;
  readonly text: string;
  readonly evidence: readonly number[];
};

/** `expected`: the original team went there, too. */
export type WrongLead = {
  readonly components: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly expected: boolean;
  readonly evidence: readonly number[];
};

export type DebriefFacts = {
  readonly clock: (atMs: number) => string;
  readonly wrongLeads: readonly WrongLead[];
  readonly timings: readonly Timed[];
  readonly claims: readonly Claim[];
  readonly hints: readonly EventOf<'hint.taken'>[];
  readonly harms: readonly Harm[];
  readonly silences: readonly Gap[];
  /** null: nobody had to be called. */
  readonly escalation: { readonly to: string; readonly done: boolean } | null;
};

const most = 7;
const least = 4;

type Asks = (facts: DebriefFacts) => readonly DebriefQuestion[];

const aboutWrongLeads: Asks = ({ wrongLeads, clock }) =>
  wrongLeads
    .toSorted((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs) || a.fromMs - b.fromMs)
    .slice(0, 2)
    .map(({ components, fromMs, toMs, expected, evidence }, index) => ({
      id: `wrong-lead-${index + 1}`,
      text:
        `Focus was on ${components.join(' and ')} from ${clock(fromMs)} to ${clock(toMs)}` +
        `${expected ? ' (expected: the original team went there, too)' : ''}. What made it a reasonable ` +
        `${index === 0 ? 'first guess' : 'guess'}, and what would have ruled it out sooner?`,
      evidence,
    }));

const aboutFalseClaims: Asks = ({ claims, clock }) => {
  const first = claims.find(({ isTrue, kind }) => !isTrue && kind !== 'cause') ?? claims.find(({ isTrue }) => !isTrue);
  if (first === undefined) return [];
  const text =
    first.kind === 'cause'
      ? `At ${clock(first.atMs)} ${first.words} was confirmed. What fitted, and what could have shown that it was another?`
      : `At ${clock(first.atMs)} it was called ${first.words}, and was not yet. What looked well, and where would one look to be sure?`;
  return [{ id: 'claim', text, evidence: [first.seq] }];
};

const worthAsking = 0.5;

const aboutTheSlowest: Asks = ({ timings }) => {
  const [slowest] = timings.filter(({ quality }) => quality < worthAsking).toSorted((a, b) => a.quality - b.quality);
  if (slowest === undefined) return [];
  const { from, to, observedMs, allowedMs, evidence } = slowest;
  const way = `${milestoneWords(from)} to ${milestoneWords(to)}`;
  const text =
    observedMs === null
      ? `The way from ${way} was not finished. What was missing: a signal, an access, a decision, or time?`
      : `From ${way} took ${showClock(observedMs)}, the reference ${showClock(allowedMs)}. What was hard to see in that time?`;
  return [{ id: 'slowest', text, evidence }];
};

const aboutHarm: Asks = ({ harms, clock }) => {
  const [first] = harms;
  if (first === undefined) return [];
  const text = `${first.act} at ${clock(first.atMs)}: what was it expected to do, and what could have warned that it costs something?`;
  return [{ id: 'harm', text, evidence: first.evidence.slice(0, 1) }];
};

const aboutHints: Asks = ({ hints }) => {
  const dearest = hints.toSorted((a, b) => b.cost - a.cost)[0];
  if (dearest === undefined) return [];
  const text = `Where would the ${dearest.level} have had to stand so that nobody has to ask for it: alert, dashboard, runbook?`;
  return [{ id: 'hint', text, evidence: hints.map(({ seq }) => seq) }];
};

const aboutSilence: Asks = ({ silences, clock }) => {
  const [longest] = silences.filter(({ lateMs }) => lateMs > 0).toSorted((a, b) => b.lateMs - a.lateMs);
  if (longest === undefined) return [];
  const text = `From ${clock(longest.fromMs)} to ${clock(longest.toMs)} nothing was said outside. Who would have wanted to know what?`;
  return [{ id: 'silence', text, evidence: [] }];
};

const aboutEscalation: Asks = ({ escalation }) => {
  if (escalation === null) return [];
  const text = escalation.done
    ? `Escalated to ${escalation.to}: what did they have to be told first, and was it written down anywhere?`
    : `Nobody called ${escalation.to}. Who would have been called at 3 am, and how does one know when?`;
  return [{ id: 'escalation', text, evidence: [] }];
};

const always: readonly DebriefQuestion[] = [
  { id: 'page', text: 'What did the page tell you, and what did you have to find out for yourselves?', evidence: [] },
  { id: 'surprise', text: 'What surprised you about the system?', evidence: [] },
  { id: 'postmortem', text: 'What of the postmortem did you use, and what should it have said?', evidence: [] },
  { id: 'change', text: 'What is the one thing that you will change by next week, and which role will?', evidence: [] },
];

/** Four to seven, the most telling first. */
export const debriefQuestions = (facts: DebriefFacts): readonly DebriefQuestion[] => {
  const asked = [
    aboutWrongLeads,
    aboutFalseClaims,
    aboutTheSlowest,
    aboutHarm,
    aboutHints,
    aboutSilence,
    aboutEscalation,
  ].flatMap((asks) => asks(facts));
  const own = asked.slice(0, most - 1);
  const filling = always.slice(0, -1).slice(0, Math.max(0, least - 1 - own.length));
  // The last one is asked whatever happened.
  return [...own, ...filling, ...always.slice(-1)];
};

/** Was this a way that the original team went as well? */
export const isExpectedLead = (
  components: readonly string[],
  timeline: readonly { readonly milestone: string; readonly component?: string }[],
): boolean =>
  components.every((component) =>
    timeline.some((event) => event.milestone === 'wrong_lead' && event.component === component),
  );
