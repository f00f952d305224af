import { expect, test } from 'vitest';
import type { JournalFact } from '../../journal/events.ts';
import type { PlannedDrill } from '../../plan/plan.ts';
import { openHints } from './hints.ts';

const hints: PlannedDrill['hints'] = [
  { level: 'nudge', text: 'Look at the log.', cost: 2 },
  { level: 'solution', text: 'Raise the limit.', cost: 8 },
];
const open = (given: Partial<Pick<PlannedDrill, 'hints' | 'mode'>> = {}) => {
  const facts: JournalFact[] = [];
  const hint = openHints({ hints, mode: 'evaluation', ...given }, (fact) => facts.push(fact));
  return { facts, ask: (asked: Parameters<typeof hint>[0]) => hint(asked, 'primary') };
};

test('a hint tells its price first, and its text when the price was accepted', () => {
  const { ask, facts } = open();
  expect(ask({})).toEqual({ type: 'confirm', word: 'nudge', says: 'The nudge costs 2 of the 8 points for autonomy.' });
  expect(facts).toEqual([]);
  expect(ask({ confirm: 'nudge' })).toEqual({ type: 'done', title: 'hint (nudge)', lines: ['Look at the log.'] });
  expect(facts).toEqual([{ type: 'hint.taken', by: 'primary', level: 'nudge', text: 'Look at the log.', cost: 2 }]);
});

test('the next one comes by itself, a level can be chosen, and one that was taken is read again for nothing', () => {
  const { ask, facts } = open();
  expect(ask({ level: 'solution', confirm: 'solution' })).toMatchObject({ lines: ['Raise the limit.'] });
  expect(ask({})).toMatchObject({ word: 'nudge' });
  expect(ask({ level: 'nudge', confirm: 'nudge' })).toMatchObject({ type: 'done' });
  expect(ask({ level: 'solution' })).toMatchObject({ type: 'done', lines: ['Raise the limit.'] });
  expect(ask({})).toMatchObject({ type: 'refused', problem: 'every hint was taken' });
  expect(facts).toHaveLength(2);
});

test('another word opens nothing, and a level that is not there is said', () => {
  const { ask, facts } = open();
  expect(ask({ level: 'nudge', confirm: 'yes' })).toMatchObject({
    problem: '"yes" is not "nudge"; nothing was opened',
  });
  expect(ask({ level: 'pointer', confirm: 'pointer' })).toMatchObject({ problem: 'there is no pointer' });
  expect(open({ hints: [] }).ask({})).toMatchObject({ problem: 'this drill has no hints' });
  expect(facts).toEqual([]);
});

test('in training a hint is free, and says so', () => {
  expect(open({ mode: 'training' }).ask({})).toMatchObject({ says: 'The nudge is free in training.' });
});
