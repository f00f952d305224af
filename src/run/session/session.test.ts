import { describe, expect, onTestFinished, test } from 'vitest';
import type { Environment, RestartTarget } from '../../environments/environment.ts';
import { startClock } from '../../clock.ts';
import type { Actor, JournalFact } from '../../journal/events.ts';
import { openActs } from '../acts.ts';
import type { Pager } from '../pager.ts';
import { stageDoor } from '../stage.ts';
import { openSession, type Session } from './session.ts';

const written = `${JSON.stringify({ databaseUrl: 'postgresql://shop:secret@x/shop', pool: { max: 20 }, work: { browseMs: 80 } }, null, 2)}\n`;

/** A session over an environment that only remembers what it was told. */
const open = async (
  given: {
    up?: boolean;
    announced?: boolean;
    restart?: (target: RestartTarget) => Promise<void>;
    configuration?: string;
  } = {},
) => {
  const facts: JournalFact[] = [];
  const restarted: RestartTarget[] = [];
  let configuration = given.configuration ?? written;
  const environment = {
    restart: async (target: RestartTarget) => {
      await given.restart?.(target);
      restarted.push(target);
    },
    service: {
      readConfiguration: async () => configuration,
      writeConfiguration: async (text: string) => void (configuration = text),
    },
  } as unknown as Environment;
  const door = stageDoor();
  const acts = openActs((fact) => facts.push(fact), given.announced ?? false);
  const session = await openSession({ door, acts, nowMs: startClock().nowMs, drill: null });
  const address = { url: session.url, token: session.tokens.runbook };
  if (given.up !== false) door.open({ environment, folder: '/', session: address, pager: {} as unknown as Pager });
  onTestFinished(() => session[Symbol.asyncDispose]());
  return { session, facts, restarted, configuration: () => configuration };
};

type Asking = {
  readonly role?: Actor;
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly method?: 'GET' | 'POST';
};

const ask = async (
  session: Session,
  body: unknown,
  { role = 'runbook', headers = {}, path = '/v1/actions', method = 'POST' }: Asking = {},
): Promise<{ status: number; answer: unknown }> => {
  const response = await fetch(`${session.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${session.tokens[role]}`, 'content-type': 'application/json', ...headers },
    ...(method === 'POST' ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
  });
  return { status: response.status, answer: await response.json() };
};
const restartPostgres = { act: 'restart', target: 'postgres' } as const;

describe('whoever wants to act on the replica', () => {
  test.each([
    ['no token', { authorization: '' }],
    ['a wrong token of the right length', { authorization: `Bearer ${'0'.repeat(32)}` }],
    ['a part of a token', { authorization: 'Bearer 0' }],
    ['another scheme', { authorization: 'Basic cnVuYm9vazo=' }],
  ])('is refused with %s', async (_, headers) => {
    const { session, restarted, facts } = await open();
    expect(await ask(session, restartPostgres, { headers })).toEqual({
      status: 401,
      answer: { error: 'a token of this run is needed' },
    });
    expect({ restarted, facts }).toEqual({ restarted: [], facts: [] });
  });

  test('is refused as a page in a browser, even with a token', async () => {
    const { session, restarted } = await open();
    const { status } = await ask(session, restartPostgres, { headers: { origin: 'http://localhost:3000' } });
    expect(status).toBe(401);
    expect(restarted).toEqual([]);
  });

  test('is refused with the token of another run', async () => {
    const { session, restarted } = await open();
    const other = await open();
    const headers = { authorization: `Bearer ${other.session.tokens.operator}` };
    expect((await ask(session, restartPostgres, { headers })).status).toBe(401);
    expect(restarted).toEqual([]);
  });

  test('finds nothing but actions', async () => {
    const { session } = await open();
    expect(await ask(session, {}, { method: 'GET' })).toEqual({ status: 404, answer: { error: 'POST /v1/actions' } });
    expect((await ask(session, restartPostgres, { path: '/' })).status).toBe(404);
  });

  test('is told that no environment is up', async () => {
    const { session, facts } = await open({ up: false });
    expect(await ask(session, restartPostgres)).toEqual({
      status: 409,
      answer: { error: 'no environment is up in this run' },
    });
    expect(facts).toEqual([]);
  });

  test('has a token per role, and the address is on this machine only', async () => {
    const { session } = await open();
    expect(session.tokens.runbook).not.toBe(session.tokens.operator);
    expect(session.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });
});

describe('a restart', () => {
  test.each(['runbook', 'operator'] as const)('by the %s is carried out and recorded as theirs', async (role) => {
    const { session, facts, restarted } = await open();
    expect(await ask(session, restartPostgres, { role })).toEqual({ status: 200, answer: { done: restartPostgres } });
    expect((await ask(session, { act: 'restart', target: 'service' }, { role })).status).toBe(200);
    expect(restarted).toEqual(['postgres', 'service']);
    expect(facts).toEqual([
      { type: 'environment.changed', act: 'restart', target: 'postgres', by: role },
      { type: 'environment.changed', act: 'restart', target: 'service', by: role },
    ]);
  });

  test('is told before it is done in a drill, where it may be what did the harm', async () => {
    const { session, facts } = await open({ announced: true });
    expect((await ask(session, { act: 'restart', target: 'service' }, { role: 'operator' })).status).toBe(200);
    expect(facts).toEqual([
      { type: 'team.acted', by: 'operator', act: 'restart-service', detail: '' },
      { type: 'environment.changed', act: 'restart', target: 'service', by: 'operator' },
    ]);
  });

  test('waits for the one before it, also where that failed', async () => {
    const gate = Promise.withResolvers<void>();
    const restart = async (target: RestartTarget): Promise<void> => {
      if (target === 'service') return;
      await gate.promise;
      throw new Error('no space left');
    };
    const { session, restarted } = await open({ restart });
    const first = ask(session, restartPostgres);
    const second = ask(session, { act: 'restart', target: 'service' });
    gate.resolve();
    expect([(await first).status, (await second).status]).toEqual([500, 200]);
    expect(restarted).toEqual(['service']);
  });

  test('that fails is answered with the reason, and is no change', async () => {
    const { session, facts } = await open({
      restart: async () => {
        throw new Error('PostgreSQL did not start', { cause: new Error('no space left') });
      },
    });
    expect(await ask(session, restartPostgres)).toEqual({
      status: 500,
      answer: { error: 'PostgreSQL did not start: no space left' },
    });
    expect(facts).toEqual([]);
  });
});

describe('a change of the configuration', () => {
  const configure = (settings: unknown): unknown => ({ act: 'configure', target: 'service', settings });

  test('is written with everything else as it was, and recorded', async () => {
    const { session, facts, configuration, restarted } = await open();
    expect((await ask(session, configure({ 'pool.max': 30, 'work.browseMs': 0 }))).status).toBe(200);
    expect(configuration()).toBe(written.replace('"max": 20', '"max": 30').replace('"browseMs": 80', '"browseMs": 0'));
    expect(facts).toEqual([{ type: 'environment.changed', act: 'configure', target: 'service', by: 'runbook' }]);
    expect(restarted).toEqual([]);
  });

  test.each([
    [{ 'pool.maximum': 30 }, 'the service has no setting pool.maximum'],
    [{ 'poll.max': 30 }, 'the service has no setting poll.max'],
    [{ 'pool.max.more': 30 }, 'the service has no setting pool.max.more'],
    [{ '': 30 }, 'the service has no setting '],
    [{ 'pool.constructor': 'x' }, 'the service has no setting pool.constructor'],
    [{ '__proto__.polluted': 'x' }, 'the service has no setting __proto__.polluted'],
    [{ pool: 'big' }, 'pool is a group of settings: max'],
    [{ 'pool.max': 'many' }, 'pool.max is a number; "many" is a string'],
    [{ 'pool.max': 30, 'work.browseMs': true }, 'work.browseMs is a number; true is a boolean'],
  ])('%j is refused, and nothing is written', async (settings, error) => {
    const { session, facts, configuration } = await open();
    expect(await ask(session, configure(settings))).toEqual({ status: 400, answer: { error } });
    expect(configuration()).toBe(written);
    expect(facts).toEqual([]);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test('that is refused does not tell a secret', async () => {
    const { session } = await open();
    const { answer } = await ask(session, configure({ databaseUrl: 5 }));
    expect(answer).toEqual({ error: 'databaseUrl is a string; 5 is a number' });
  });

  test('is refused with a reason where the configuration is not JSON', async () => {
    const { session } = await open({ configuration: 'max=20' });
    const { status, answer } = await ask(session, configure({ 'pool.max': 5 }));
    expect(status).toBe(500);
    expect(answer).toMatchObject({ error: expect.stringMatching(/^the service's configuration is not JSON: /) });
  });
});

describe('what is not an action', () => {
  test.each([
    [{ act: 'destroy', target: 'postgres' }, [/act/]],
    [{ act: 'restart', target: 'universe', force: true }, [/postgres.*service/, /force/]],
    [{ act: 'configure', target: 'postgres', settings: { a: [1] } }, [/service/, /settings\.a/]],
    ['{ "act": ', [/JSON/]],
    ['null', [/expected/]],
  ])('%j is refused with all that is wrong', async (body, words) => {
    const { session, facts, restarted } = await open();
    const { status, answer } = await ask(session, body);
    expect(status).toBe(400);
    for (const word of words) expect((answer as { error: string }).error).toMatch(word);
    expect({ facts, restarted }).toEqual({ facts: [], restarted: [] });
  });
});

test('a session that is closed cuts whoever is still waiting, and can be closed twice', async () => {
  const begun = Promise.withResolvers<void>();
  const restart = (): Promise<void> => {
    begun.resolve();
    return new Promise(() => {});
  };
  const { session } = await open({ restart });
  const waiting = ask(session, restartPostgres).catch((error: Error) => error.message);
  await begun.promise;
  await session[Symbol.asyncDispose]();
  expect(await waiting).toBe('fetch failed');
});
