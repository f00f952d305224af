/**
 * A terminal's end of a session: follows its events, says each second that somebody is there, and carries actions to the
 * conductor. A stream that breaks is taken up again behind the last event seen, so nothing is shown twice or missed. What
 * the terminal may believe of the line is said by `link`: an open socket proves nothing, an answered beat does.
 */
import { createParser } from 'eventsource-parser';
import type { Clock } from '../clock.ts';
import type { Action, Reply } from '../drill/action.ts';
import type { Briefing } from '../drill/briefing.ts';
import { GamedayError, reasonOf } from '../errors.ts';
import { decodeJournal } from '../journal/codec.ts';
import type { JournalEvent } from '../journal/events.ts';
import { minutes, ms, seconds, type Ms } from '../units.ts';
import type { SessionAddress } from './ipc.ts';

/** `stale`: no answer for 5 s. `lost`: nobody is there any more, or none who knows this token; it does not come back. */
export type LinkState = 'ok' | 'stale' | 'lost';

export type SessionListener = {
  /** Again after each reconnection. `nowMs`: the run's clock at this moment. */
  readonly onBriefing: (briefing: Briefing, nowMs: Ms) => void;
  /** In order, each once. */
  readonly onEvent: (event: JournalEvent) => void;
  /** On every change; it is `ok` to begin with. */
  readonly onLink: (state: LinkState) => void;
};

export type SessionClient = {
  /** Never rejects: what did not get through is a refusal that says so. */
  readonly act: (action: Action) => Promise<Reply>;
  /** The whole journal, once the run has ended. @throws {GamedayError} ENVIRONMENT_UNREACHABLE. */
  readonly journal: () => Promise<readonly JournalEvent[]>;
  /** Leaves: the conductor may end as soon as nobody listens any more. Twice is harmless. */
  readonly close: () => void;
};

const beatEvery = seconds(1);
const staleAfter = seconds(5);
/** A conductor that ended gives its address back; a busy one does not refuse three times in a row. */
const refusalsOfTheGone = 3;
/** Twice the conductor's own comment every 15 s, and a little. */
const silentFor = seconds(35);
/** A step of a runbook may wait for long, and so may a restart. */
const actWithin = minutes(15);

export const openSessionClient = (address: SessionAddress, listener: SessionListener, clock: Clock): SessionClient => {
  const closing = new AbortController();
  const { signal } = closing;
  let link: LinkState = 'ok';
  const setLink = (state: LinkState): void => {
    if (state === link || link === 'lost' || signal.aborted) return;
    link = state;
    listener.onLink(state);
    if (state === 'lost') closing.abort();
  };
  void follow(address, listener, clock, signal, () => setLink('lost'));
  void beat(address, clock, signal, setLink);
  return {
    act: async (action) => {
      try {
        return await sendAction(address, action, signal);
      } catch (error) {
        const hint = 'look at the timeline before you say it again: it may have been done';
        return { type: 'refused', problem: reasonOf(error), hint };
      }
    },
    journal: () => fetchJournal(address),
    close: () => closing.abort(),
  };
};

/**
 * One action and its answer.
 *
 * @throws {GamedayError} ENVIRONMENT_UNREACHABLE when the session does not answer, USAGE when it does not take it.
 */
export const sendAction = async (address: SessionAddress, action: Action, signal?: AbortSignal): Promise<Reply> => {
  const init = { method: 'POST', body: JSON.stringify(action), signal: within(actWithin, signal) };
  const response = await request(address, '/v1/actions', init);
  if (response.ok) return (await response.json()) as Reply;
  throw new GamedayError(response.status === 401 ? 'ENVIRONMENT_UNREACHABLE' : 'USAGE', {
    message: await errorOf(response),
    hint: 'gameday list runs shows what is going on',
  });
};

/** @throws {GamedayError} ENVIRONMENT_UNREACHABLE when the session is gone or the run goes on. */
export const fetchJournal = async (address: SessionAddress): Promise<readonly JournalEvent[]> => {
  const response = await request(address, '/v1/journal', { signal: within(seconds(20)) });
  if (!response.ok) throw new GamedayError('ENVIRONMENT_UNREACHABLE', { message: await errorOf(response) });
  return decodeJournal(await response.text()).events;
};

/** What a responder may name in this run: the first thing that the session says to whoever follows it. */
export const fetchBriefing = async (address: SessionAddress, signal: AbortSignal): Promise<Briefing> => {
  const enough = new AbortController();
  let found: Briefing | undefined;
  const onBriefing = (briefing: Briefing): void => {
    found = briefing;
    enough.abort();
  };
  const ended = AbortSignal.any([signal, enough.signal, AbortSignal.timeout(seconds(10))]);
  const how = await readStream(address, undefined, { onBriefing, onEvent: () => {} }, ended);
  if (found !== undefined) return found;
  throw new GamedayError('ENVIRONMENT_UNREACHABLE', { message: `the run does not answer: ${how}` });
};

const within = (limit: Ms, signal?: AbortSignal): AbortSignal =>
  AbortSignal.any([AbortSignal.timeout(limit), ...(signal === undefined ? [] : [signal])]);

type Request = Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> };

const request = async ({ url, token }: SessionAddress, path: string, init: Request): Promise<Response> => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...init.headers };
  try {
    return await fetch(`${url}${path}`, { ...init, headers });
  } catch (cause) {
    const problem = {
      message: `the run does not answer: ${reasonOf(cause)}`,
      hint: 'see whether it is still going on: gameday list runs',
    };
    throw new GamedayError('ENVIRONMENT_UNREACHABLE', problem, { cause });
  }
};

const errorOf = async (response: Response): Promise<string> => {
  const text = await response.text();
  try {
    return (JSON.parse(text) as { error: string }).error;
  } catch {
    return `the session answered ${response.status}`;
  }
};

type StreamListener = Pick<SessionListener, 'onBriefing' | 'onEvent'>;

/** Reads the stream, and again whenever it breaks, until the client closes. */
const follow = async (
  address: SessionAddress,
  listener: SessionListener,
  clock: Clock,
  signal: AbortSignal,
  onDenied: () => void,
): Promise<void> => {
  let last: number | undefined;
  const onEvent = (event: JournalEvent): void => {
    if (signal.aborted || (last !== undefined && event.seq <= last)) return;
    last = event.seq;
    listener.onEvent(event);
  };
  while (!signal.aborted) {
    const ended = await readStream(address, last, { onBriefing: listener.onBriefing, onEvent }, signal);
    if (ended === 'denied') return onDenied();
    await clock.sleep(ms(300), signal).catch(() => {});
  }
};

/** @returns `denied` where the token is not taken, else why the stream is over. */
const readStream = async (
  address: SessionAddress,
  last: number | undefined,
  { onBriefing, onEvent }: StreamListener,
  signal: AbortSignal,
): Promise<string> => {
  const silence = new AbortController();
  const silent = setTimeout(() => silence.abort(new Error('it has gone silent')), silentFor);
  const parser = createParser({
    onEvent: ({ event, data }) => {
      if (event === 'journal') onEvent(JSON.parse(data) as JournalEvent);
      if (event !== 'briefing') return;
      const { briefing, nowMs } = JSON.parse(data) as { briefing: Briefing; nowMs: number };
      onBriefing(briefing, ms(nowMs));
    },
  });
  try {
    const headers: Record<string, string> = last === undefined ? {} : { 'last-event-id': String(last) };
    const init = { headers, signal: AbortSignal.any([signal, silence.signal]) };
    const response = await request(address, '/v1/events', init);
    if (response.status === 401) return 'denied';
    if (!response.ok) return await errorOf(response);
    const text = response.body?.pipeThrough(new TextDecoderStream()) ?? [];
    for await (const chunk of text) {
      silent.refresh();
      parser.feed(chunk);
    }
    return 'it ended the stream';
  } catch (error) {
    return reasonOf(error);
  } finally {
    clearTimeout(silent);
  }
};

const beat = async (
  address: SessionAddress,
  clock: Clock,
  signal: AbortSignal,
  setLink: (state: LinkState) => void,
): Promise<void> => {
  let answeredMs = clock.nowMs();
  let refusals = 0;
  while (!signal.aborted) {
    const how = await oneBeat(address, signal);
    if (how === 'answered') answeredMs = clock.nowMs();
    refusals = how === 'refused' ? refusals + 1 : 0;
    if (how === 'denied' || refusals === refusalsOfTheGone) return setLink('lost');
    setLink(clock.nowMs() - answeredMs < staleAfter ? 'ok' : 'stale');
    await clock.sleep(beatEvery, signal).catch(() => {});
  }
};

type Answer = 'answered' | 'denied' | 'refused' | 'silent';

const oneBeat = async (address: SessionAddress, signal: AbortSignal): Promise<Answer> => {
  try {
    const response = await request(address, '/v1/beat', { method: 'POST', signal: within(seconds(2), signal) });
    await response.body?.cancel();
    return response.status === 401 ? 'denied' : response.ok ? 'answered' : 'silent';
  } catch (error) {
    return reasonOf(error).includes('ECONNREFUSED') ? 'refused' : 'silent';
  }
};
