/** What the session adds in a drill: the stream of events, beats, the responder's actions and, at the end, the whole journal. */
import { once } from 'node:events';
import { request as sendRequest } from 'node:http';
import { connect } from 'node:net';
import { createParser } from 'eventsource-parser';
import { describe, expect, onTestFinished, test } from 'vitest';
import { drillPlan } from '../../../test/drill.fixture.ts';
import { startClock } from '../../clock.ts';
import type { Action } from '../../drill/action.ts';
import { briefingOf } from '../../drill/briefing.ts';
import type { Actor, JournalEvent, JournalFact } from '../../journal/events.ts';
import type { Journal } from '../../journal/journal.ts';
import { ms, seconds, type Ms } from '../../units.ts';
import { openActs } from '../acts.ts';
import { stageDoor } from '../stage.ts';
import { openSession } from './session.ts';

/** A journal in memory: what is written to a file is none of the session's business. */
const memoryJournal = (): Pick<Journal, 'events' | 'subscribe'> & { append: (fact: JournalFact) => void } => {
  const events: JournalEvent[] = [];
  const listeners = new Set<(event: JournalEvent) => void>();
  return {
    events,
    append: (fact) => {
      const event = { seq: events.length, atMs: ms(events.length), ...fact } as JournalEvent;
      events.push(event);
      for (const listener of listeners) listener(event);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
};

const plan = drillPlan('evaluation');
const briefing = briefingOf({ runId: '20240620-101500-beef', startedAt: '2024-06-20T10:15:00.000Z', plan }, [
  'runbooks/A.md',
]);
const note = (text: string): JournalFact => ({ type: 'team.noted', by: 'primary', text });
const secret: JournalFact = { type: 'fault.injected', faultId: 'CANARY' };
const ended: JournalFact = { type: 'run.ended', outcome: 'completed', residue: [] };

const open = async () => {
  const journal = memoryJournal();
  const heard: string[] = [];
  const said: [Action, Actor][] = [];
  const session = await openSession({
    door: stageDoor(),
    acts: openActs(() => {}, true),
    nowMs: startClock().nowMs,
    drill: {
      ...{ journal, briefing, nowMs: () => ms(4_200) },
      answer: async (wanted, by) => {
        said.push([wanted, by]);
        return { type: 'done', title: 'noted', lines: [] };
      },
      onBeat: () => heard.push('beat'),
      onSign: () => heard.push('sign'),
    },
  });
  onTestFinished(() => session[Symbol.asyncDispose]());
  const ask = (
    method: string,
    path: string,
    { role = 'primary', body, headers = {} }: { role?: Actor; body?: string; headers?: Record<string, string> } = {},
  ): Promise<Response> =>
    fetch(`${session.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${session.tokens[role]}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body }),
    });
  return { session, journal, heard, said, ask };
};

/** Messages as they come: the name, the id and the data of each. */
const read = async (response: Promise<Response>) => {
  const messages: { event?: string | undefined; id?: string | undefined; data: unknown }[] = [];
  const body = (await response).body!.getReader();
  onTestFinished(() => body.cancel().catch(() => {}));
  const parser = createParser({
    onEvent: ({ event, id, data }) => void messages.push({ event, id, data: JSON.parse(data) as unknown }),
  });
  const decoder = new TextDecoder();
  return {
    /** Reads on until there are so many. */
    until: async (count: number) => {
      while (messages.length < count) {
        const { done, value } = await body.read();
        if (done) throw new Error(`the stream ended after ${messages.length} of ${count} messages`);
        parser.feed(decoder.decode(value, { stream: true }));
      }
      return messages;
    },
    leave: () => body.cancel(),
  };
};

describe('the stream of events', () => {
  test('begins with the briefing and the clock, tells what was and what comes, and nothing that is hidden', async () => {
    const { journal, ask, heard } = await open();
    for (const fact of [note('one'), secret, note('two')]) journal.append(fact);
    const stream = await read(ask('GET', '/v1/events'));
    await stream.until(3);
    journal.append(secret);
    journal.append(note('three'));
    const messages = await stream.until(4);
    expect(messages[0]).toEqual({ event: 'briefing', id: undefined, data: { briefing, nowMs: 4_200 } });
    expect(messages.slice(1)).toEqual(
      [0, 2, 4].map((seq) => ({ event: 'journal', id: String(seq), data: journal.events[seq] })),
    );
    expect(heard).toEqual(['sign']);
  });

  test('goes on behind the last event that was seen; what is no event of it means from the beginning', async () => {
    const { journal, ask } = await open();
    for (const text of ['one', 'two', 'three']) journal.append(note(text));
    const after = async (id: string): Promise<readonly unknown[]> => {
      const stream = await read(ask('GET', '/v1/events', { headers: { 'last-event-id': id } }));
      journal.append(note('now'));
      const messages = await stream.until(2);
      await stream.leave();
      return messages.slice(1, 2).map(({ id: first }) => first);
    };
    expect(await after('1')).toEqual(['2']);
    expect(await after('4000')).toEqual(['0']);
    expect(await after('x')).toEqual(['0']);
  });

  test('waits for a reader who is slow to catch up with what was, and comes to the end of it', async () => {
    const { journal, ask } = await open();
    for (let index = 0; index < 2_000; index += 1) journal.append(note('x'.repeat(2_000)));
    const stream = await read(ask('GET', '/v1/events'));
    expect((await stream.until(2_001)).at(-1)).toMatchObject({ id: '1999' });
  });

  test('lets go of a reader who does not keep up with what happens', async () => {
    const { session, journal } = await open();
    const socket = connect(Number(new URL(session.url).port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    socket.write(
      `GET /v1/events HTTP/1.1\r\nhost: ${new URL(session.url).host}\r\nauthorization: Bearer ${session.tokens.primary}\r\n\r\n`,
    );
    await once(socket, 'readable');
    // Nothing is read from here on: first the buffers between the two fill, then the backlog.
    const letGo = new AbortController();
    const deserted = session.deserted(seconds(30)).then(() => letGo.abort());
    for (let index = 0; index < 400 && !letGo.signal.aborted; index += 1) {
      journal.append(note('x'.repeat(100_000)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(letGo.signal.aborted).toBe(true);
    await deserted;
  });
});

describe('an action', () => {
  const post = JSON.stringify({ do: 'note', text: 'odd' });

  test('of who plays is answered, and is a sign of life', async () => {
    const { ask, said, heard } = await open();
    const response = await ask('POST', '/v1/actions', { body: post });
    expect([response.status, await response.json()]).toEqual([200, { type: 'done', title: 'noted', lines: [] }]);
    expect(said).toEqual([[{ do: 'note', text: 'odd' }, 'primary']]);
    expect(heard).toEqual(['sign']);
  });

  test.each([
    ['is no action', '{"do":"destroy"}', {}, 400],
    ['is no JSON', '{"do":', {}, 400],
    ['says nothing', JSON.stringify({ do: 'note', text: ' ' }), {}, 400],
    ['comes as a form could send it', post, { 'content-type': 'text/plain' }, 415],
    ['comes as something like JSON', post, { 'content-type': 'application/jsonp' }, 415],
    ['is too large', JSON.stringify({ do: 'note', text: 'x'.repeat(70_000) }), {}, 413],
    ['comes from a page', post, { origin: 'http://localhost:3000' }, 401],
    ['has no token of this run', post, { authorization: 'Bearer 0' }, 401],
  ])('that %s is refused', async (_, body, headers, status) => {
    const { ask, said } = await open();
    expect((await ask('POST', '/v1/actions', { body, headers })).status).toBe(status);
    expect(said).toEqual([]);
  });

  test('under another name for this machine is refused: a page may have given it that name', async () => {
    const { session, said } = await open();
    const { port } = new URL(session.url);
    const statusUnder = async (host: string): Promise<number | undefined> => {
      const headers = { host, authorization: `Bearer ${session.tokens.primary}`, 'content-type': 'application/json' };
      const sent = sendRequest({ port, host: '127.0.0.1', path: '/v1/actions', method: 'POST', headers });
      sent.end(post);
      const [response] = (await once(sent, 'response')) as [{ statusCode?: number; resume: () => void }];
      response.resume();
      return response.statusCode;
    };
    expect(await statusUnder(`evil.example:${port}`)).toBe(403);
    expect(await statusUnder('127.0.0.1:1')).toBe(403);
    expect(said).toEqual([]);
    expect(await statusUnder(`localhost:${port}`)).toBe(200);
  });

  test('is one too many from the twenty-first within a second on', async () => {
    const { ask, said } = await open();
    const all = await Promise.all(Array.from({ length: 30 }, () => ask('POST', '/v1/actions', { body: post })));
    const refused = all.filter(({ status }) => status === 429).length;
    expect(said).toHaveLength(30 - refused);
    // A machine that is slow for a moment lets some of the next second in.
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThanOrEqual(10);
  });
});

describe('who is not the one who plays', () => {
  test.each<[Actor, string, string]>([
    ['operator', 'GET', '/v1/events'],
    ['runbook', 'GET', '/v1/events'],
    ['operator', 'POST', '/v1/beat'],
    ['runbook', 'GET', '/v1/journal'],
  ])('%s does not get %s %s', async (role, method, path) => {
    const { journal, ask, heard } = await open();
    journal.append(ended);
    expect((await ask(method, path, { role })).status).toBe(404);
    expect(heard).toEqual([]);
  });

  test('says what they do in the words of gameday env, not of a responder', async () => {
    const { ask, said } = await open();
    const body = JSON.stringify({ do: 'note', text: 'odd' });
    expect((await ask('POST', '/v1/actions', { role: 'operator', body })).status).toBe(400);
    expect((await ask('POST', '/v1/actions', { body: '{"act":"restart","target":"postgres"}' })).status).toBe(400);
    expect(said).toEqual([]);
  });
});

test('a beat is heard', async () => {
  const { ask, heard } = await open();
  expect((await ask('POST', '/v1/beat')).status).toBe(204);
  expect(heard).toEqual(['beat']);
});

test('the journal is whole when the run has ended, and nobody sees it before', async () => {
  const { journal, ask } = await open();
  journal.append(secret);
  expect((await ask('GET', '/v1/journal')).status).toBe(409);
  journal.append(ended);
  const response = await ask('GET', '/v1/journal', { role: 'operator' });
  expect(await response.text()).toBe(journal.events.map((event) => `${JSON.stringify(event)}\n`).join(''));
});

test('the session waits until its readers have gone, but not for ever', async () => {
  const { session, ask } = await open();
  const told: string[] = [];
  const wait = (withinMs: Ms, why: string): Promise<void> => session.deserted(withinMs).then(() => void told.push(why));
  await wait(seconds(30), 'nobody read');
  const stream = await read(ask('GET', '/v1/events'));
  await stream.until(1);
  await wait(ms(20), 'long enough');
  const waiting = wait(seconds(30), 'they have gone');
  told.push('still there');
  await stream.leave();
  await waiting;
  expect(told).toEqual(['nobody read', 'long enough', 'still there', 'they have gone']);
});
