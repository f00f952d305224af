/** From home to the scorecard, against a real session on loopback. */
import { expect, test } from 'vitest';
import { startClock } from '../clock.ts';
import { seconds } from '../units.ts';
import { App, type AppStart, type Launcher } from './app.tsx';
import type { FromScreen, ToScreen } from './ipc.ts';
import { done, fakeSession, type FakeSession } from './session.fixture.ts';
import { keys, openTerminal, type TestTerminal } from './terminal-harness.fixture.ts';

type Opened = {
  readonly terminal: TestTerminal;
  readonly session: FakeSession;
  readonly sent: readonly FromScreen[];
  readonly answer: (message: ToScreen) => void;
  readonly ends: () => number;
  readonly shows: (text: string | RegExp) => Promise<void>;
};

const open = async (startOf: (session: FakeSession) => AppStart): Promise<Opened> => {
  const session = await fakeSession((action) => done(`did ${action.do}`));
  const sent: FromScreen[] = [];
  const listeners = new Set<(message: ToScreen) => void>();
  let ends = 0;
  const launcher: Launcher = {
    send: (message) => void sent.push(message),
    onMessage: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const app = <App start={startOf(session)} launcher={launcher} clock={startClock()} onDone={() => (ends += 1)} />;
  const terminal = await openTerminal(app, [100, 30]);
  return {
    terminal,
    session,
    sent,
    answer: (message) => {
      for (const listener of listeners) listener(message);
    },
    ends: () => ends,
    shows: async (text) => {
      await expect.poll(terminal.screen, { interval: 10, timeout: 5_000 }).toMatch(text);
    },
  };
};

const drill = ({ url, token }: FakeSession): AppStart => ({ view: 'drill', session: { url, token }, runId: 'r' });

const home: AppStart = {
  view: 'home',
  project: 'shop',
  home: {
    experiments: [
      { name: 'web-stack-outage', title: 'Web stack', summary: 's', lastRun: null, drillable: true, minutes: 30 },
    ],
    runs: [
      {
        runId: 'r0',
        experiment: 'web-stack-outage',
        when: '2026-11-20T10:00:00.000Z',
        mode: 'verify',
        outcome: 'passed',
        team: null,
        readiness: 91,
      },
    ],
    drills: [],
  },
};

test('events of the session are seen, and what is typed reaches it', async () => {
  const { terminal, session, shows } = await open(drill);
  await shows('opening the replica');
  session.say(2_000, { type: 'alert.fired', alert: 'ShopErrorRateHigh', labels: {}, value: 1 });
  session.say(2_100, { type: 'alert.delivered', alert: 'ShopErrorRateHigh', labels: {}, receiver: 'pager' });
  await shows('PAGED');
  for (const key of ['a', 'c', 'k', keys.enter]) {
    terminal.press(key);
    await terminal.settled();
  }
  await shows('did acknowledge');
  expect(session.acted).toEqual([{ do: 'acknowledge' }]);
  await expect.poll(session.beats).toBeGreaterThan(0);
});

test('a stream that breaks is taken up again, and nothing is told twice', async () => {
  const { terminal, session, shows } = await open(drill);
  session.say(2_000, { type: 'team.noted', by: 'primary', text: 'before it broke' });
  await shows('before it broke');
  session.breakStreams();
  await expect.poll(() => session.opened.length, { timeout: 5_000 }).toBe(2);
  session.say(3_000, { type: 'team.noted', by: 'primary', text: 'after it' });
  await shows('after it');
  expect(terminal.screen().match(/before it broke/g)).toHaveLength(1);
});

test('leaving leaves the run alone', async () => {
  const { terminal, session, shows, ends } = await open(drill);
  await shows('opening the replica');
  for (const key of ['q', keys.down, keys.enter]) {
    terminal.press(key);
    await terminal.settled();
  }
  expect(ends()).toBe(1);
  expect(session.acted).toEqual([]);
});

test('a session that is gone is said, and can be left', async () => {
  const { terminal, session, shows, ends } = await open(drill);
  await shows('opening the replica');
  await session.end();
  await expect.poll(terminal.screen, { timeout: 10_000 }).toContain('The session is gone');
  terminal.press(keys.enter);
  await expect.poll(ends).toBe(1);
});

test('home asks its launcher for a drill, tells why there is none, and goes to the one that was started', async () => {
  const { terminal, session, sent, answer, shows } = await open(() => home);
  await shows('Web stack');
  const start = async (): Promise<void> => {
    terminal.press(keys.enter);
    await shows('training');
    terminal.press(keys.enter);
    await shows('starting the replica');
  };
  await start();
  expect(sent).toEqual([{ start: { experiment: 'web-stack-outage', mode: 'training' } }]);
  answer({ problems: [{ message: 'a run is going on already' }] });
  await shows('a run is going on already');
  await start();
  const { url, token } = session;
  answer({ session: { url, token, runId: 'r1' } });
  await shows('opening the replica');
  session.say(seconds(1), { type: 'team.noted', by: 'primary', text: 'here' });
  await shows('here');
});
