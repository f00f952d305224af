/**
 * What the two faults on the wire share: toxics of a Toxiproxy, added by name and removed by name. Where the proxy can hold
 * a deadline (ours can, see `embedded/toxiproxy/README.md`; the original cannot), each toxic ends by itself with the fault's time.
 */
import { Toxiproxy, type ICreateToxicBody } from 'toxiproxy-node-client';
import { addressOf } from '../safety/reach.ts';
import type { UndoContext, Undoer } from '../safety/rollback.ts';
import type { UndoRecord } from '../safety/undo-log.ts';
import type { FaultContext } from './fault.ts';
import { reached } from './operator.ts';

export type Toxic = ICreateToxicBody<Record<string, number>>;

const answerWithinMs = 3_000;

/** Records, then adds `toxics` one after another; their names are made unique by the context's tag. */
export const addToxics = async (
  toxics: readonly Omit<Toxic, 'name' | 'toxicity'>[],
  { environment, intend, tag, ttlMs, signal }: FaultContext,
): Promise<void> => {
  const { url, proxy } = environment.toxiproxy;
  const deadline = (await knowsTtl(url)) ? { ttl: Math.ceil(ttlMs) } : {};
  const named = toxics.map((toxic) => ({ ...toxic, name: `${tag}-${toxic.type}-${toxic.stream}`, toxicity: 1 }));
  const names = named.map((toxic) => toxic.name);
  intend(
    { kind: 'toxics.remove', toxiproxyUrl: addressOf(url), proxy, toxics: names },
    names.map((name) => `curl -X DELETE ${url}/proxies/${proxy}/toxics/${name}`).join('; '),
  );
  const target = await answered(new Toxiproxy(url).get(proxy));
  for (const toxic of named) {
    signal.throwIfAborted();
    await answered(target.addToxic({ ...toxic, ...deadline }));
  }
};

/** Whether the proxy behind `url` ends a toxic by itself when its time to live is over. @throws when it does not answer. */
export const knowsTtl = async (url: string): Promise<boolean> => {
  const response = await fetch(`${url}/version`, { signal: AbortSignal.timeout(answerWithinMs) });
  await response.body?.cancel();
  return (response.headers.get('x-toxiproxy-extensions') ?? '').split(',').includes('ttl');
};

type ToxicsRemove = Extract<UndoRecord, { kind: 'toxics.remove' }>;

export const toxicsRemove: Undoer<ToxicsRemove> = {
  undo: async (record, context) => {
    try {
      await removeToxics(record, context);
      // Looks as well: the listing can hang where the removal did not.
      await leftOf(record, context);
    } catch (error) {
      // The original can hang on its API for good, while a client does not read; another one has no toxics.
      if (context.acts?.replaceProxy === undefined) throw error;
      await context.acts.replaceProxy();
    }
  },
  verify: async (record, context) => {
    const left = await leftOf(record, context);
    return left.length === 0 ? undefined : `still there: ${left.join(', ')}`;
  },
};

const removeToxics = async ({ toxiproxyUrl, proxy, toxics }: ToxicsRemove, context: UndoContext): Promise<void> => {
  const url = reached(toxiproxyUrl, context);
  for (const toxic of toxics) {
    const response = await fetch(`${url}/proxies/${proxy}/toxics/${toxic}`, {
      method: 'DELETE',
      signal: AbortSignal.timeout(answerWithinMs),
    });
    await response.body?.cancel();
    // 404: the toxic or its whole proxy is gone already.
    if (!response.ok && response.status !== 404) throw new Error(`the proxy answered ${response.status}`);
  }
};

const leftOf = async ({ toxiproxyUrl, toxics }: ToxicsRemove, context: UndoContext): Promise<readonly string[]> => {
  const url = reached(toxiproxyUrl, context);
  const response = await fetch(`${url}/proxies`, { signal: AbortSignal.timeout(answerWithinMs) });
  const proxies = (await response.json()) as Record<string, { toxics: { name: string }[] }>;
  return Object.values(proxies)
    .flatMap((each) => each.toxics.map((toxic) => toxic.name))
    .filter((name) => toxics.includes(name));
};

/** The client has no time-outs of its own, and a real Toxiproxy can hang on its API. */
const answered = async <Value>(call: Promise<Value>): Promise<Value> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('the fault proxy does not answer')), answerWithinMs);
  try {
    return await Promise.race([call, late.promise]);
  } finally {
    clearTimeout(timer);
  }
};
