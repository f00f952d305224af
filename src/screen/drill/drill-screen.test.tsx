/** What a responder sees, on a real terminal emulator, by its real bytes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ms, seconds } from '../../units.ts';
import { drillEvents, evaluation, modelAt } from '../drill.fixture.ts';
import { reduce, type Model } from '../model.ts';
import { expectTidy, keys, openTerminal, type TerminalSize } from '../terminal-harness.fixture.ts';
import { play, still } from './drill-screen.fixture.tsx';
import { DrillScreen } from './drill-screen.tsx';

const sizes: readonly TerminalSize[] = [
  [120, 40],
  [100, 30],
  [80, 24],
  [60, 16],
];

test.for(sizes)('a drill in training, seen at %s', async (size) => {
  const terminal = await openTerminal(<DrillScreen {...still} />, size);
  expectTidy(terminal, size[0]);
  expect(terminal.lines()).toMatchSnapshot();
});

test.for(sizes)(
  'an evaluation shows of the original team only kinds and times, and what hints cost, at %s',
  async (size) => {
    const terminal = await openTerminal(
      <DrillScreen {...still} model={modelAt(80, evaluation)} nowMs={seconds(80)} />,
      size,
    );
    terminal.press('3');
    await terminal.settled();
    expectTidy(terminal, size[0]);
    expect(terminal.screen()).not.toContain('web-server');
    expect(terminal.lines()).toMatchSnapshot();
  },
);

test.for(sizes)('every panel can be looked at, at %s', async (size) => {
  const terminal = await openTerminal(<DrillScreen {...still} />, size);
  for (const [number, seen] of [
    ['1', /5 min, to|conn 18 of 20/],
    ['2', 'update: Checkout'],
    ['3', 'wrong lead'],
    ['4', 'ShopErrorRateHigh'],
    ['5', 'ruled out'],
  ] as const) {
    terminal.press(number);
    await terminal.settled();
    await expect.poll(terminal.screen, { interval: 5 }).toMatch(seen);
    expectTidy(terminal, size[0]);
  }
});

test('before anything was detected there is no clock and nothing to compare', async () => {
  const { screen } = await openTerminal(<DrillScreen {...still} model={modelAt(30)} nowMs={seconds(31)} />, [100, 30]);
  expect(screen()).toContain('on call, no page');
  expect(screen()).toContain('none, all quiet');
  expect(screen()).not.toContain('T+');
});

test('a page that nobody has acknowledged is said first', async () => {
  const paged = await openTerminal(<DrillScreen {...still} model={modelAt(80)} nowMs={seconds(80)} />, [60, 16]);
  expect(paged.lines()[0]).toBe(' Web stack outag…   PAGED   T+0:16  no severity  training');
});

test('a line that is lost is said at every size', async () => {
  for (const size of sizes) {
    const { lines, unmount } = await openTerminal(<DrillScreen {...still} link="stale" />, size);
    expect(lines()[0]).toContain('link stale');
    await unmount();
  }
});

test('below 60x16 one line says what is needed', async () => {
  const { lines } = await openTerminal(<DrillScreen {...still} />, [59, 15]);
  expect(lines().filter((line) => line !== '')).toEqual(['needs 60x16, is 59x15: make it larger']);
});

test('foreign text cannot leave its cell', async () => {
  const hostile =
    '\x1b[2J\x1b]52;c;ZXZpbA==\x07\x1b]8;;https://evil.example\x1b\\a\x1b[8m🕵️ 日本語\u202eb\nc\u0301\u0301\u0301\u0301'.repeat(
      4,
    );
  const model = [
    { type: 'team.noted', by: 'primary', text: hostile },
    { type: 'note.delivered', to: hostile, text: hostile },
    { type: 'team.focused', by: 'primary', component: hostile },
    { type: 'team.hypothesised', by: 'primary', cause: hostile, status: 'suspected', because: hostile },
    { type: 'alert.fired', alert: hostile, labels: { instance: hostile }, value: 1 },
    { type: 'team.leadNamed', by: 'primary', lead: hostile },
  ].reduce(
    (before, fact, index) => reduce(before, { seq: before.seq + 1, atMs: ms(245_000 + index), ...fact } as never),
    modelAt(245),
  );
  for (const size of sizes) {
    const terminal = await openTerminal(<DrillScreen {...still} model={model} />, size);
    expectTidy(terminal, size[0]);
    expect(terminal.screen()).not.toMatch(/52;c|evil\.example|\u202e/);
    await terminal.unmount();
  }
});

test('the timeline sticks to its end until somebody scrolls back', async () => {
  const { type, shows, rerender, settled, screen } = await play();
  await shows('update: Checkout fails');
  await type(keys.pageUp);
  await shows(/\d+ more ↓/);
  expect(screen()).not.toContain('update: Checkout fails');
  rerender(<DrillScreen {...still} model={[...drillEvents(245), note(9_999)].reduce(reduce, still.model)} />);
  await settled();
  expect(screen()).not.toContain('something new');
  await type(keys.pageDown, keys.pageDown);
  await shows('something new');
});

const note = (seq: number) =>
  ({ seq, atMs: seconds(246), type: 'team.noted', by: 'primary', text: 'something new' }) as const;

test('a panel that does not grow is read from its beginning and scrolls to its end, and Esc brings it back', async () => {
  const many = Array.from({ length: 12 }, (_, index) => `Alert${index + 1}`);
  const model = many.reduce(
    (before, alert) =>
      reduce(before, { seq: before.seq + 1, atMs: seconds(246), type: 'alert.fired', alert, labels: {}, value: 1 }),
    modelAt(20),
  );
  const { type, shows, screen } = await play({ model, size: [80, 24] });
  await type('4', keys.pageDown, keys.pageDown, keys.pageDown);
  await shows('✖ Alert12 ');
  expect(screen()).not.toContain('✖ Alert1 ');
  await type(keys.pageUp);
  expect(screen()).not.toContain('✖ Alert12 ');
  await type(keys.escape);
  await shows('✖ Alert1 ');
});

test('when it is over, Enter leads on', async () => {
  const ended = reduce(still.model, {
    seq: 9_999,
    atMs: seconds(260),
    type: 'run.ended',
    outcome: 'completed',
    residue: [],
  });
  const { type, left, shows, rerender, settled } = await play({ model: ended });
  await shows('Everything is restored. Enter shows how it went.');
  await type(keys.enter);
  expect(left).toEqual(['over']);
  const left5 = reduce(still.model, {
    seq: 9_999,
    atMs: seconds(260),
    type: 'run.ended',
    outcome: 'failed',
    residue: ['toxic db-slow'],
  });
  rerender(<DrillScreen {...still} model={left5} />);
  await settled();
  await shows('MAY STILL BE ACTIVE: toxic db-slow. Run: gameday recover');
});

/** Frames that were drawn over one another look like the last one drawn alone, whatever came before. */
test('whatever happens and however it is resized, nothing stale is left on the screen', async () => {
  const events = drillEvents(245);
  const models = events.reduce<Model[]>((all, event) => [...all, reduce(all.at(-1) ?? modelAt(-1), event)], []);
  const step = fc.oneof(
    fc.record({ at: fc.integer({ min: 0, max: models.length - 1 }) }),
    fc.record({ size: fc.constantFrom<TerminalSize>(...sizes, [61, 19], [140, 50], [99, 29], [40, 10]) }),
    fc.record({ key: fc.constantFrom('1', '2', '3', '4', '5', keys.pageUp, keys.pageDown, 'x', keys.backspace) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
      const view = (at: number) => (
        <DrillScreen {...still} model={models[at] ?? still.model} nowMs={models[at]?.atMs ?? ms(0)} />
      );
      let [at, size, pressed]: [number, TerminalSize, string[]] = [0, [100, 30], []];
      const drawn = await openTerminal(view(at), size);
      for (const each of steps) {
        if ('at' in each) drawn.rerender(view((at = each.at)));
        else if ('size' in each) drawn.resize(...(size = each.size));
        else drawn.press(each.key);
        await drawn.settled();
        if ('key' in each) pressed = [...pressed, each.key];
      }
      const incremental = drawn.lines();
      // The same state, drawn at once: a resize by one column clears everything and draws anew.
      drawn.resize(size[0] + 1, size[1]);
      await drawn.settled();
      drawn.resize(...size);
      await drawn.settled();
      expect(incremental).toEqual(drawn.lines());
      expectTidy(drawn, size[0]);
      await drawn.unmount();
    }),
    { numRuns: 8 },
  );
});
