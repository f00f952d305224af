import { expect, onTestFinished, test, vi } from 'vitest';
import { startClock, type Clock } from '../clock.ts';
import type { JournalEvent } from '../journal/events.ts';
import { ms, seconds } from '../units.ts';
import { fetchBriefing, openSessionClient, sendAction, type LinkState } from './session-client.ts';
import { briefing, done, fakeSession, type FakeSession } from './session.fixture.ts';

/** Ten times as fast, so that a line need not be silent for real seconds. */
const quickClock = (): Clock => {
  const real = startClock();
  return { nowMs: () => ms(real.nowMs() * 10), sleep: (duration, signal) => real.sleep(ms(duration / 10), signal) };
};

const connect = (session: FakeSession, token = session.token) => {
  const events: JournalEvent[] = [];
  const links: LinkState[] = [];
  const briefed: number[] = [];
  const client = openSessionClient(
    { url: session.url, token },
    {
      onBriefing: (_, nowMs) => void briefed.push(nowMs),
      onEvent: (event) => void events.push(event),
      onLink: (state) => void links.push(state),
    },
    quickClock(),
  );
  onTestFinished(client.close);
  return { client, events, links, briefed };
};

const note = (text: string) => ({ type: 'team.noted', by: 'primary', text }) as const;

test('the briefing comes first, then every event in order, also those from before', async () => {
  const session = await fakeSession();
  session.say(100, note('before'));
  const { events, briefed } = connect(session);
  await vi.waitFor(() => expect(events).toHaveLength(1));
  session.say(200, note('after'));
  await vi.waitFor(() => expect(events.map(({ seq }) => seq)).toEqual([1, 2]));
  expect(briefed).toEqual([1_000]);
});

test('a stream that breaks is taken up behind the last event: nothing twice, nothing missed', async () => {
  const session = await fakeSession();
  const { events, links } = connect(session);
  await vi.waitFor(() => expect(session.listening()).toBe(1));
  session.say(100, note('one'));
  await vi.waitFor(() => expect(events).toHaveLength(1));
  session.breakStreams();
  session.say(200, note('said while nobody listened'));
  await vi.waitFor(() => expect(events.map(({ seq }) => seq)).toEqual([1, 2]));
  expect(session.opened).toEqual([undefined, '1']);
  expect(links).toEqual([]);
});

test('it says that somebody is there, again and again, and stops when it is closed', async () => {
  const session = await fakeSession();
  const { client } = connect(session);
  await vi.waitFor(() => expect(session.beats()).toBeGreaterThan(2));
  client.close();
  await vi.waitFor(() => expect(session.listening()).toBe(0));
});

test('a conductor that answers nothing makes the link stale, one that is gone lost', async () => {
  const frozen = await fakeSession();
  const first = connect(frozen);
  await vi.waitFor(() => expect(frozen.beats()).toBeGreaterThan(0));
  frozen.freeze();
  await vi.waitFor(() => expect(first.links).toEqual(['stale']), { timeout: 10_000 });
  const gone = await fakeSession();
  const second = connect(gone);
  await vi.waitFor(() => expect(gone.beats()).toBeGreaterThan(0));
  await gone.end();
  await vi.waitFor(() => expect(second.links.at(-1)).toBe('lost'), { timeout: 10_000 });
});

test('a token that is not taken is no reason to try for ever', async () => {
  const session = await fakeSession();
  const { links } = connect(session, 'wrong');
  await vi.waitFor(() => expect(links).toEqual(['lost']));
});

test('an action comes back with its reply; what does not get through is refused, and says that it may have been done', async () => {
  const session = await fakeSession(() => done('restarted', 'line'));
  const { client } = connect(session);
  expect(await client.act({ do: 'note', text: 'x' })).toEqual({ type: 'done', title: 'restarted', lines: ['line'] });
  expect(session.acted).toEqual([{ do: 'note', text: 'x' }]);
  await session.end();
  expect(await client.act({ do: 'note', text: 'x' })).toMatchObject({
    type: 'refused',
    problem: expect.stringMatching(/^the run does not answer: /) as string,
    hint: 'look at the timeline before you say it again: it may have been done',
  });
});

test('the whole journal is there when the run has ended, and not before', async () => {
  const session = await fakeSession();
  const { client } = connect(session);
  await expect(client.journal()).rejects.toThrow('the run goes on');
  session.say(100, { type: 'run.ended', outcome: 'completed', residue: [] });
  expect((await client.journal()).map(({ seq }) => seq)).toEqual([0, 1]);
});

test('one action from a shell needs no stream, and what may be named can be asked for alone', async () => {
  const session = await fakeSession();
  const signal = AbortSignal.timeout(seconds(5));
  expect(await fetchBriefing(session, signal)).toEqual(briefing);
  expect(await sendAction(session, { do: 'stop' })).toEqual(done('done'));
  await expect(sendAction({ ...session, token: 'x' }, { do: 'stop' })).rejects.toMatchObject({
    code: 'ENVIRONMENT_UNREACHABLE',
    message: 'a token of this run is needed',
  });
  await vi.waitFor(() => expect(session.listening()).toBe(0));
});
