/** Whether a team's service answers: its health check, its metrics, and each route that the traffic will ask for. */
import { connect } from 'node:net';
import { setTimeout as sleepFor } from 'node:timers/promises';
import type { OwnService, Route } from '../../documents/service-settings.ts';
import { reasonOf } from '../../errors.ts';
import type { Ms } from '../../units.ts';
import type { SessionsSoFar } from './sessions.ts';

const everyMs = 50;
const answerWithinMs = 5_000;

/** Where a service is asked. */
export type AskedAt = {
  readonly host: string;
  readonly port: number;
  /** The port as the service knows it. */
  readonly ownPort: number;
  /** Docker takes every connection to a published port, and drops it again where nobody listens behind it. */
  readonly published: boolean;
};

/**
 * Asks until it is healthy.
 *
 * @param gone How it has ended, if it has.
 * @returns Its `host:port`, or why it is not healthy.
 */
export const healthyAt = async (
  { host: askedHost, port, ownPort, published }: AskedAt,
  { path, withinMs }: OwnService['health'],
  gone: () => string | undefined,
  signal: AbortSignal | undefined,
): Promise<{ readonly address: string } | { readonly why: string }> => {
  const ask = (host: string): Promise<string | undefined> =>
    path === null
      ? whyClosed(host, port, published ? dropsWithinMs : 0)
      : whyBad(`http://${host}:${port}${path}`, anyGood);
  const until = performance.now() + withinMs;
  let last = 'nothing listens';
  for (;;) {
    const whyNot = await ask(askedHost);
    // A service that listens on `localhost` may have chosen the newer of its two addresses; usually the older one is as good.
    if (whyNot === undefined) {
      const isOlder = askedHost === 'localhost' && (await ask('127.0.0.1')) === undefined;
      return { address: `${isOlder ? '127.0.0.1' : askedHost}:${port}` };
    }
    if (!(published ? /ECONNREFUSED|ECONNRESET|other side closed/ : /ECONNREFUSED/).test(whyNot)) last = whyNot;
    const how = gone();
    if (how !== undefined) return { why: how };
    if (signal?.aborted === true) return { why: 'was stopped' };
    const asked = path === null ? `port ${ownPort}` : `GET ${path} on port ${ownPort}`;
    if (performance.now() > until) return { why: `is not healthy within ${withinMs / 1_000} s: ${asked}: ${last}` };
    await sleepFor(everyMs);
  }
};

const dropsWithinMs = 200;

/** @param holdsMs So long it has to stay open. */
const whyClosed = (host: string, port: number, holdsMs: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    const held = (): void => {
      socket.destroy();
      resolve(undefined);
    };
    socket.once('connect', () => setTimeout(held, holdsMs));
    socket.resume();
    socket.once('close', () => resolve('ECONNRESET'));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });

/** Whether it is the service that is to be drilled. @returns Why not, and what to do; undefined: it is. */
export const whyUnfit = async (
  url: string,
  { metrics, health: { withinMs }, traffic, database }: OwnService,
  before: SessionsSoFar,
  signal: AbortSignal | undefined,
): Promise<{ readonly why: string; readonly hint: string } | undefined> => {
  const why =
    (metrics === null ? undefined : await answersMetrics(`${url}${metrics}`, withinMs, signal)) ??
    (await answersRoutes(url, traffic.routes, withinMs, signal));
  if (why !== undefined) return { why, hint: 'correct traffic: or health: in gameday.yaml, or the service' };
  if (await before.more()) return undefined;
  return {
    why: `the service answers, but it has opened no session in the replica's database "${database.name}"`,
    hint: 'hand it ${gameday.databaseUrl} under the name that it reads; whatever it talks to now is not the replica',
  };
};

/** @returns What is wrong with it; undefined: nothing. */
const answersMetrics = async (
  url: string,
  withinMs: Ms,
  signal: AbortSignal | undefined,
): Promise<string | undefined> => {
  const why = await untilGood(withinMs, signal, () =>
    whyBad(url, { ...anyGood, expect: { status: 200, contains: null } }),
  );
  return why === undefined ? undefined : `service.metrics: ${why}`;
};

/** @returns What is wrong with the first that is not answered as it should be; undefined: nothing. */
const answersRoutes = async (
  url: string,
  routes: readonly Route[],
  withinMs: Ms,
  signal: AbortSignal | undefined,
): Promise<string | undefined> => {
  for (const route of routes) {
    const why = await untilGood(withinMs, signal, () => whyBad(`${url}${route.path}`, route));
    if (why !== undefined) return `before anything was broken, ${route.method} ${route.path} ${why}`;
  }
  return undefined;
};

/** A service may be healthy a moment before it is ready. @returns What was wrong last. */
const untilGood = async (
  withinMs: Ms,
  signal: AbortSignal | undefined,
  ask: () => Promise<string | undefined>,
): Promise<string | undefined> => {
  for (const until = performance.now() + withinMs; ; await sleepFor(everyMs)) {
    const why = await ask();
    if (why === undefined || performance.now() > until || signal?.aborted === true) return why;
  }
};

type Asked = Pick<Route, 'method' | 'headers' | 'body' | 'expect'>;
const anyGood: Asked = { method: 'GET', headers: {}, body: null, expect: { status: null, contains: null } };

const whyBad = async (url: string, { method, headers, body, expect }: Asked): Promise<string | undefined> => {
  try {
    const signal = AbortSignal.timeout(answerWithinMs);
    const answer = await fetch(url, { method, headers, body, redirect: 'manual', signal });
    const text = await answer.text();
    const good = expect.status === null ? answer.status >= 200 && answer.status < 400 : answer.status === expect.status;
    if (!good) return `answers ${answer.status}`;
    if (expect.contains !== null && !text.includes(expect.contains))
      return `answers without the text ${JSON.stringify(expect.contains)}: ${JSON.stringify(text.slice(0, 120))}`;
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
};
