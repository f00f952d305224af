/**
 * How far the team came on its own.
 *
 *     hints   max(0, 8 − their cost);  nudge 2, pointer 3, solution 8, free in training
 *
 * A hint has its price once: opening it again costs nothing.
 */
import type { Story } from './story.ts';
import { observed, showEvent, type TeamItem } from './item.ts';
import { eventsOf, type EventOf } from '../trials.ts';

export const hintsOf = ({ facts }: Story): readonly EventOf<'hint.taken'>[] => {
  const opened = new Map<string, EventOf<'hint.taken'>>();
  for (const hint of eventsOf(facts.response, 'hint.taken')) {
    const key = `${hint.level} ${hint.text}`;
    if (!opened.has(key)) opened.set(key, hint);
  }
  return [...opened.values()];
};

export const autonomyItem = (story: Story): TeamItem => {
  const hints = hintsOf(story);
  const cost = hints.reduce((sum, hint) => sum + hint.cost, 0);
  return observed({
    id: 'autonomy',
    group: 'autonomy',
    name: 'without hints',
    max: 8,
    share: Math.max(0, 8 - cost) / 8,
    sum: hints.length === 0 ? '8' : `max(0, 8${hints.map((hint) => ` − ${hint.cost}`).join('')})`,
    visible:
      hints.length === 0
        ? 'no hint was taken'
        : hints.map(({ level, atMs }) => `${level} at ${story.clock(atMs)}`).join(', '),
    working: hints.map((hint) => `${showEvent(hint)}  ${hint.level}: ${hint.cost}`),
    evidence: hints.map(({ seq }) => seq),
  });
};
