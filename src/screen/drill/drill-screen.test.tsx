/** The responder's screen, on a real terminal emulator, by its real bytes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Action, Reply } from '../../drill/action.ts';
import { ms, seconds } from '../../units.ts';
import { drillEvents, evaluation, modelAt } from '../drill.fixture.ts';
import { reduce, type Model } from '../model.ts';
import { expectTidy, keys, openTerminal, type TerminalSize, type TestTerminal } from '../terminal-harness.fixture.ts';
import { DrillScreen, type DrillScreenProps } from './drill-screen.tsx';

const sizes: readonly TerminalSize[] = [
  [120, 40],
  [100, 30],
  [80, 24],
  [60, 16],
];

const nobody = (): Promise<Reply> => Promise.reject(new Error('nobody is there'));
const still: DrillScreenProps = {
  model: modelAt(245),
  nowMs: seconds(250),
  link: 'ok',
  onAction: nobody,
  onQuit: () => {},
};

type Played = TestTerminal & {
  readonly acted: readonly Action[];
  readonly left: readonly string[];
  /** One piece after the other; a word in one piece is text, since only a single key can be more. */
  readonly type: (...keys: readonly string[]) => Promise<void>;
  readonly shows: (text: string | RegExp) => Promise<void>;
};

const play = async ({
  replies = [],
  size = [100, 30],
  ...part
}: Partial<DrillScreenProps> & {
  replies?: readonly (Reply | Promise<Reply>)[];
  size?: TerminalSize;
} = {}): Promise<Played> => {
  const acted: Action[] = [];
  const left: string[] = [];
  const onAction = async (action: Action): Promise<Reply> => {
    acted.push(action);
    return replies[acted.length - 1] ?? { type: 'done', title: `done ${acted.length}`, lines: [] };
  };
  const terminal = await openTerminal(
    <DrillScreen {...still} onAction={onAction} onQuit={(why) => left.push(why)} {...part} />,
    size,
  );
  return {
    ...terminal,
    acted,
    left,
    type: async (...typed) => {
      for (const piece of typed) {
        terminal.press(piece);
        await terminal.settled();
      }
    },
    shows: async (text) => {
      await expect.poll(terminal.screen, { interval: 5 }).toMatch(text);
    },
  };
};

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

test('a command is typed, completed and sent; its answer is said', async () => {
  const { type, acted, shows, cursor } = await play({
    replies: [{ type: 'done', title: 'you look at the database', lines: [] }],
  });
  expect(cursor()).toEqual({ x: 2, y: 28 });
  await type('f', 'o', 'c', keys.tab);
  await shows('> focus');
  await type('d', keys.tab);
  await shows('> focus database');
  expect(cursor()).toEqual({ x: 17, y: 28 });
  await type(keys.enter);
  await shows('you look at the database');
  expect(acted).toEqual([{ do: 'focus', component: 'database' }]);
});

test('Tab says what is possible where that is more than one', async () => {
  const { type, shows, screen } = await play();
  await type('hyp ', keys.tab);
  await shows(/database\/connection-limit-too-low {2}database\/slow-query {2}network\/ddos/);
  await type('da', keys.tab);
  await shows('> hyp database/');
  expect(screen()).not.toContain('> hyp database/connection');
});

test('plain words are a note; a command that is wrong is not, and can be corrected', async () => {
  const { type, acted, shows } = await play();
  await type('looks like the network', keys.enter);
  await shows('done 1');
  await type('focus databse', keys.enter);
  await shows('did you mean "database"');
  await type(keys.backspace, keys.backspace, 'ase', keys.enter);
  await shows('done 2');
  expect(acted).toEqual([
    { do: 'note', text: 'looks like the network' },
    { do: 'focus', component: 'database' },
  ]);
});

test('what is pasted is never sent, however many lines it has', async () => {
  const { paste, settled, acted, shows, type, press } = await play();
  paste('env restart postgres\nstop\n');
  await shows('> env restart postgres stop');
  await type(keys.ctrl('u'));
  // A terminal without bracketed paste sends it like this, in one piece.
  press('mitigated\rresolved\r');
  await shows('> mitigated resolved');
  await settled();
  expect(acted).toEqual([]);
});

test('a line that was typed faster than it is read is sent like any other', async () => {
  const { settled, acted, press } = await play();
  press('mitigated\r');
  await settled();
  expect(acted).toEqual([{ do: 'claim', claim: 'mitigated' }]);
});

test('what hits something is done only after its word was typed', async () => {
  const confirm: Reply = { type: 'confirm', word: 'restart', says: 'Ends all sessions of the shop; carts are lost.' };
  const { type, acted, shows, screen } = await play({
    replies: [confirm, confirm, { type: 'done', title: 'restarted', lines: [] }],
  });
  await type('env restart postgres', keys.enter);
  await shows('Ends all sessions of the shop');
  expect(screen()).toContain('Nothing was done yet');
  await type('yes', keys.enter);
  await shows('that is not "restart": nothing was done');
  await type(keys.escape);
  await shows('cancelled: nothing was done');
  expect(acted).toEqual([{ do: 'restart', target: 'postgres' }]);
  await type(keys.up, keys.enter);
  await shows('type restart >');
  await type('restart', keys.enter);
  await shows('restarted');
  expect(acted.at(-1)).toEqual({ do: 'restart', target: 'postgres', confirm: 'restart' });
});

test('a long answer opens in place of the panels, is scrolled, and closes', async () => {
  const lines = Array.from({ length: 60 }, (_, index) => `row ${index + 1} of sixty`);
  const { type, shows, screen, lines: rows } = await play({ replies: [{ type: 'done', title: '60 rows', lines }] });
  await type('sql select 1', keys.enter);
  await shows('row 1 of sixty');
  expect(rows().at(-4)).toMatch(/more ↓ ┘$/);
  await type(keys.pageDown);
  await shows('row 20 of sixty');
  expect(screen()).not.toContain('row 1 of');
  await type(keys.pageDown, keys.pageDown, keys.pageDown);
  await shows('row 60 of sixty');
  await type(keys.escape);
  await shows('2 Timeline');
});

test('a log is read from its end', async () => {
  const lines = Array.from({ length: 60 }, (_, index) => `line ${index + 1} of sixty`);
  const { type, shows, screen } = await play({ replies: [{ type: 'done', title: 'postgres', lines }] });
  await type('logs postgres', keys.enter);
  await shows('line 60 of sixty');
  expect(screen()).not.toContain('line 1 of');
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

test('closing an answer leaves the panels as they were', async () => {
  const lines = Array.from({ length: 60 }, (_, index) => `row ${index + 1}`);
  const { type, shows, screen } = await play({ replies: [{ type: 'done', title: '60 rows', lines }] });
  await type('sql x', keys.enter);
  await shows('row 1 ');
  await type(keys.escape);
  await shows('update: Checkout');
  expect(screen()).not.toContain('more ↓ ┘└');
});

test('leaving asks, and what is preselected changes nothing', async () => {
  const { type, shows, left, acted, screen } = await play();
  await type('q');
  await shows('Leave the drill?');
  await type(keys.enter);
  await expect.poll(screen).not.toContain('Leave the drill?');
  await type(keys.ctrl('c'));
  await shows('Leave the drill?');
  await type(keys.escape);
  await expect.poll(screen).not.toContain('Leave the drill?');
  expect(left).toEqual([]);
  await type('q', keys.down, keys.enter);
  expect(left).toEqual(['detach']);
  await type('q', keys.up, keys.enter);
  await shows('done 1');
  expect(acted).toEqual([{ do: 'stop' }]);
});

test('Ctrl-X is the red button: it asks once and is its own answer, whatever was typed and whatever is waited for', async () => {
  const { type, shows, acted } = await play({ replies: [new Promise<never>(() => {})] });
  await type('sql select pg_sleep(60)', keys.enter);
  await shows('sent, waiting for the answer');
  await type('half a com', keys.ctrl('x'));
  await shows('stop: undo everything now and end the drill (Ctrl-X)');
  expect(acted).toHaveLength(1);
  await type(keys.ctrl('x'));
  await expect.poll(() => acted.at(-1)).toEqual({ do: 'stop' });
});

test('a q within words is a letter, and Ctrl-C first clears what was typed', async () => {
  const { type, shows, left, screen } = await play();
  await type('sql q');
  await shows('> sql q');
  await type(keys.ctrl('c'));
  await shows('a command, or a note in plain words');
  expect(screen()).not.toContain('Leave the drill?');
  expect(left).toEqual([]);
});

test('Ctrl-Z is ignored, and said', async () => {
  const { type, shows, acted, left } = await play();
  await type(keys.ctrl('z'));
  await shows('Ctrl-Z is off');
  expect([...acted, ...left]).toEqual([]);
});

test('one command at a time: what is typed meanwhile waits', async () => {
  const answer = Promise.withResolvers<Reply>();
  const acted: Action[] = [];
  const onAction = (action: Action): Promise<Reply> => {
    acted.push(action);
    return answer.promise;
  };
  const { type, shows } = await play({ onAction });
  await type('ack', keys.enter);
  await shows('waiting for the answer');
  await type('resolved', keys.enter);
  await shows('> resolved');
  expect(acted).toEqual([{ do: 'acknowledge' }]);
  answer.resolve({ type: 'refused', problem: 'nothing is firing', hint: null });
  await shows('nothing is firing');
  await shows('> resolved');
});

test('an action that does not get through says so', async () => {
  const { type, shows, screen } = await play({ onAction: nobody });
  await type('ack', keys.enter);
  await shows('nobody is there');
  expect(screen()).not.toContain('waiting for the answer');
});

test('help lists every word', async () => {
  const { type, shows, acted } = await play({ size: [120, 40] });
  await type('?');
  await shows('acknowledge an alert');
  await type(keys.escape);
  await shows('2 Timeline');
  await type('help', keys.enter);
  await shows('acknowledge an alert');
  expect(acted).toEqual([]);
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
