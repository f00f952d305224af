/** What the two faults on the wire share: toxics of a Toxiproxy, added by name and removed by name. */
import { Toxiproxy, type ICreateToxicBody } from 'toxiproxy-node-client';
import type { Undoer } from '../safety/rollback.ts';
import type { UndoRecord } from '../safety/undo-log.ts';
import type { FaultContext } from './fault.ts';

export type Toxic = ICreateToxicBody<Record<string, number>>;

const answerWithinMs = 3_000;

/** Records, then adds `toxics` one after another; their names are made unique by the context's tag. */
export const addToxics = async (
  toxics: readonly Omit<Toxic, 'name' | 'toxicity'>[],
  { environment, intend, tag, signal }: FaultContext,
): Promise<void> => {
  const { url, proxy } = environment.toxiproxy;
  const named = toxics.map((toxic) => ({ ...toxic, name: `${tag}-${toxic.type}-${toxic.stream}`, toxicity: 1 }));
  const names = named.map((toxic) => toxic.name);
  intend(
    { kind: 'toxics.remove', toxiproxyUrl: url, proxy, toxics: names },
    names.map((name) => `curl -X DELETE ${url}/proxies/${proxy}/toxics/${name}`).join('; '),
  );
  const target = await answered(new Toxiproxy(url).get(proxy));
  for (const toxic of named) {
    signal.throwIfAborted();
    await answered(target.addToxic(toxic as never));
  }
};

type ToxicsRemove = Extract<UndoRecord, { kind: 'toxics.remove' }>;

export const toxicsRemove: Undoer<ToxicsRemove> = {
  undo: async ({ toxiproxyUrl, proxy, toxics }) => {
    for (const toxic of toxics) {
      const response = await fetch(`${toxiproxyUrl}/proxies/${proxy}/toxics/${toxic}`, {
        method: 'DELETE',
        signal: AbortSignal.timeout(answerWithinMs),
      });
      await response.body?.cancel();
      // 404: the toxic or its whole proxy is gone already.
      if (!response.ok && response.status !== 404) throw new Error(`the proxy answered ${response.status}`);
    }
  },
  verify: async ({ toxiproxyUrl, toxics }) => {
    const response = await fetch(`${toxiproxyUrl}/proxies`, { signal: AbortSignal.timeout(answerWithinMs) });
    const proxies = (await response.json()) as Record<string, { toxics: { name: string }[] }>;
    const left = Object.values(proxies)
      .flatMap((each) => each.toxics.map((toxic) => toxic.name))
      .filter((name) => toxics.includes(name));
    return left.length === 0 ? undefined : `still there: ${left.join(', ')}`;
  },
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
