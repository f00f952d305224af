/**
 * What people only say: it is checked against the words of the briefing, written down and never corrected. Everything that
 * can be chosen is a list in which the truth stands among others, so a suggestion for a slip tells nothing.
 */
import { suggestName } from '../../documents/suggestion.ts';
import type { Action } from '../../drill/action.ts';
import type { Actor, JournalFact } from '../../journal/events.ts';

export type TeamWord = Extract<
  Action,
  {
    do:
      | 'acknowledge'
      | 'focus'
      | 'hypothesise'
      | 'declareSeverity'
      | 'nameLead'
      | 'escalate'
      | 'update'
      | 'note'
      | 'rateStep'
      | 'claim';
  }
>;

/** What may be named; `alerts` and `steps` grow as they are seen. */
export type Known = {
  readonly components: readonly string[];
  readonly causes: readonly string[];
  readonly roles: readonly string[];
  readonly alerts: readonly string[];
  readonly steps: readonly string[];
};

export type Said =
  | { readonly ok: true; readonly fact: JournalFact; readonly title: string }
  | { readonly ok: false; readonly problem: string; readonly hint: string };

export const teamWord = (said: TeamWord, known: Known, by: Actor): Said => {
  switch (said.do) {
    case 'acknowledge':
      if (known.alerts.length === 0) return { ok: false, problem: 'no alert has come yet', hint: 'wait for the page' };
      if (said.alert === undefined) return noted({ type: 'team.acknowledged', by, alert: null }, 'acknowledged');
      return named(said.alert, known.alerts, 'alert', (alert) =>
        noted({ type: 'team.acknowledged', by, alert }, `acknowledged: ${alert}`),
      );
    case 'focus':
      return named(said.component, known.components, 'component', (component) =>
        noted({ type: 'team.focused', by, component }, `focus: ${component}`),
      );
    case 'hypothesise':
      return named(said.cause, known.causes, 'cause', (cause) => {
        const { status, because = null } = said;
        return noted({ type: 'team.hypothesised', by, cause, status, because }, `${status}: ${cause}`);
      });
    case 'declareSeverity':
      return noted({ type: 'team.severityDeclared', by, severity: said.severity }, `severity: ${said.severity}`);
    case 'nameLead': {
      // A role, never a name of one's own: the journal must mean the same to everybody who reads it.
      const lead = said.lead === 'me' ? by : said.lead;
      return noted({ type: 'team.leadNamed', by, lead }, `lead: ${lead}`);
    }
    case 'escalate':
      return named(said.to, known.roles, 'role to escalate to', (to) =>
        noted({ type: 'team.escalated', by, to, reason: said.reason ?? null }, `escalated to ${to}`),
      );
    case 'update':
      return noted({ type: 'team.updated', by, text: said.text }, 'update sent');
    case 'note':
      return noted({ type: 'team.noted', by, text: said.text }, 'noted');
    case 'rateStep': {
      if (known.steps.length === 0)
        return { ok: false, problem: 'no step was run yet', hint: 'run a step of a runbook first' };
      const { helpful } = said;
      return named(said.step, known.steps, 'step that was run', (step) =>
        noted({ type: 'team.rated', by, step, helpful }, `${step}: ${helpful ? 'helped' : 'did not help'}`),
      );
    }
    case 'claim':
      // The same words whether it is true or not.
      return noted({ type: 'team.claimed', by, claim: said.claim }, `recorded: ${said.claim}`);
    default:
      return said satisfies never;
  }
};

const noted = (fact: JournalFact, title: string): Said => ({ ok: true, fact, title });

/** In small letters or large, but one of those there are. */
const named = (word: string, names: readonly string[], noun: string, then: (name: string) => Said): Said => {
  const found = names.find((name) => name.toLowerCase() === word.trim().toLowerCase());
  if (found !== undefined) return then(found);
  return { ok: false, problem: `"${word}" is no ${noun}`, hint: suggestName(word, names) };
};
