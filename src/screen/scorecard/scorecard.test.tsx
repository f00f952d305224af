/** The scorecard and the debrief, on a terminal of their own. */
import { expect, test } from 'vitest';
import { drillJournal } from '../../../test/drill.fixture.ts';
import type { TeamItem } from '../../verdicts/team/item.ts';
import { closingOf, type Closing } from '../closing.ts';
import type { DebriefAnswer } from '../ipc.ts';
import { mount, type Mounted } from '../mounted.fixture.ts';
import { expectTidy, keys } from '../terminal-harness.fixture.ts';
import { Scorecard } from './scorecard.tsx';

const journal = drillJournal('evaluation');
const seqOf = (type: string): number => journal.find((event) => event.type === type)?.seq ?? -1;

const items: readonly TeamItem[] = [
  {
    id: 'engaged',
    group: 'timing',
    name: 'notified > engaged',
    max: 6,
    points: 4.2451,
    rating: 'S',
    sum: '6 × q(0.7500) = 6 × 0.7075',
    visible: 'paged at 0:10, the first act at 1:40',
    working: ['o = 1.5000 min', 'g = max(5.0000 / 5, 2) = 2.0000 min', 'points = 6 × 0.7075 = 4.2451'],
    evidence: [seqOf('alert.delivered'), seqOf('team.acknowledged')],
  },
  {
    id: 'escalated',
    group: 'timing',
    name: 'engaged > escalated',
    max: 4,
    points: null,
    rating: '-',
    sum: 'n/a',
    visible: 'not needed, not done',
    working: [],
    evidence: [],
  },
];
const report = (): readonly string[] => Array.from({ length: 40 }, (_, index) => `report line ${index + 1}`);
const questions = ['What made the web server a reasonable first guess?', 'Who would have been called at 3 am?'];

type Shown = { readonly screen: Mounted; readonly kept: (readonly DebriefAnswer[])[]; readonly done: () => number };

const card = async (
  closing: Partial<Closing> = {},
  [columns, rows]: readonly [number, number] = [80, 24],
): Promise<Shown> => {
  const kept: (readonly DebriefAnswer[])[] = [];
  let done = 0;
  const screen = await mount(
    (size) => (
      <Scorecard
        size={size}
        closing={{
          title: 'web-stack-outage  run 20261122-100000-a3f0',
          report,
          items,
          questions,
          scored: true,
          ...closing,
        }}
        journal={journal}
        onAnswers={(answers) => void kept.push(answers)}
        onDone={() => void done++}
      />
    ),
    [columns, rows],
  );
  return { screen, kept, done: () => done };
};

test.for([
  [120, 40],
  [80, 24],
  [60, 16],
] as const)('it stands in %ix%i', async ([columns, rows]) => {
  const { screen } = await card({}, [columns, rows]);
  await screen.shows('Item 1 of 2');
  expect(screen.lines()).toMatchSnapshot();
  expectTidy(screen, columns);
});

test('the report scrolls, to its ends and not beyond', async () => {
  const { screen } = await card();
  await screen.shows('report line 1');
  screen.press(keys.up, keys.down);
  await screen.hides(/report line 1 /);
  screen.press('G');
  await screen.shows('report line 40');
  screen.press(keys.down, keys.pageDown);
  await screen.shows('report line 40');
  screen.press('g');
  await screen.shows(/report line 1 /);
  expect(screen.lines()[2]).toMatch(/^│ report line 1 +│$/);
});

test('Tab goes through the items, Enter shows the arithmetic and the events behind one', async () => {
  const { screen } = await card();
  screen.press(keys.enter);
  await screen.shows('points = 6 × 0.7075 = 4.2451');
  expect(screen.lines()).toMatchSnapshot();
  screen.press(keys.tab);
  await screen.shows('No event rests behind it.');
  screen.press(keys.escape);
  await screen.shows('Item 2 of 2');
  screen.press(keys.tab);
  await screen.shows('Item 1 of 2');
  screen.press(keys.backTab);
  await screen.shows('Item 2 of 2');
});

test('in training nobody is shown points', async () => {
  const { screen } = await card({ scored: false });
  await screen.shows('notified > engaged  S with some difficulty');
  await screen.hides('4.2');
  screen.press(keys.enter);
  await screen.shows('alert delivered to pager');
  await screen.hides('points =');
  expect(screen.lines().join('')).not.toMatch(/\d of \d/);
});

test('a run that could not be scored has a report and no items', async () => {
  const { screen, done } = await card({ items: [], questions: [], report: () => ['The run was stopped.'] });
  await screen.shows('The run was stopped.');
  screen.press(keys.enter, keys.tab, 'D');
  await screen.hides('debrief');
  screen.press('q');
  await expect.poll(done).toBe(1);
});

test('the debrief asks one question after the other and keeps each answer when it is given', async () => {
  const { screen, kept } = await card();
  screen.press('D');
  await screen.shows('Question 1 of 2');
  expect(screen.lines()).toMatchSnapshot();
  screen.press('its load', ' peaked', keys.enter);
  await screen.shows('Question 2 of 2');
  expect(kept.at(-1)).toEqual([{ question: questions[0], answer: 'its load peaked' }]);
  screen.press('q', keys.backTab);
  await screen.shows('Question 1 of 2');
  await screen.shows('> its load peaked');
  expect(kept.at(-1)).toEqual([
    { question: questions[0], answer: 'its load peaked' },
    { question: questions[1], answer: 'q' },
  ]);
  screen.press(keys.enter);
  await screen.shows('> q');
  screen.press(keys.enter);
  await screen.shows('Scorecard');
});

test('nothing said is no answer', async () => {
  const { screen, kept } = await card();
  screen.press('D');
  await screen.shows('Question 1 of 2');
  screen.press(' ', keys.enter);
  await screen.shows('Question 2 of 2');
  screen.press(keys.escape);
  await screen.shows('Scorecard');
  expect(kept.at(-1)).toEqual([]);
});

test('what is said may hold anything; it is drawn as one line', async () => {
  const { screen, kept } = await card();
  screen.press('D');
  await screen.shows('Question 1 of 2');
  screen.press('\x1b[200~two\nlines 🕵️ and \x1b[31mred\x1b[201~');
  await screen.shows('> two lines');
  screen.press(keys.enter);
  await screen.shows('Question 2 of 2');
  expectTidy(screen, 80);
  expect(kept.at(-1)?.[0]?.answer).toMatch(/^two lines\s+and /);
});

test.for([
  [120, 40],
  [80, 24],
  [60, 16],
] as const)('a real scorecard fits in %ix%i', async ([columns, rows]) => {
  const { screen } = await card(closingOf(journal), [columns, rows]);
  await screen.shows('TIMELINE');
  expectTidy(screen, columns);
  screen.press('G');
  await screen.shows('appraisal.');
  expect(screen.lines().at(-1)).toMatch(/^ ↑↓ move/);
  expectTidy(screen, columns);
});
