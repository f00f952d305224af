/** All proxies of a server, by name. A name is taken from the moment its creation begins, and free again if that fails. */
import { ApiError, badBody } from './api-error.ts';
import { booleanField, countField, fieldsOf, stringField } from './body.ts';
import { createProxy, requireDisabled, type NewProxy, type Proxy } from './proxy.ts';
import type { Traffic } from './traffic.ts';

type Entry = NewProxy & { readonly enabled: boolean };

/** A list that failed midway: what was done so far stays, and is part of the answer. */
export class PopulateError extends ApiError {
  readonly proxies: readonly Proxy[];

  constructor(cause: ApiError, proxies: readonly Proxy[]) {
    super(cause.status, cause.message, { cause });
    this.proxies = proxies;
  }
}

export type ProxyCollection = {
  readonly all: () => readonly Proxy[];
  readonly get: (name: string) => Proxy;
  readonly create: (body: unknown) => Promise<Proxy>;
  readonly remove: (name: string) => Promise<void>;
  /**
   * Creates or replaces the proxies listed; those that are the same already, and those not listed, are left alone.
   *
   * @param read The list; what it throws is a failure of the list.
   * @throws {PopulateError}
   */
  readonly populate: (read: () => unknown) => Promise<readonly Proxy[]>;
  /** Removes every toxic and starts every proxy. One that cannot start keeps none of the others from it. */
  readonly reset: () => Promise<void>;
};

export const createProxyCollection = (traffic: Traffic): ProxyCollection => {
  const proxies = new Map<string, Proxy>();

  const get = (name: string): Proxy => {
    const found = proxies.get(name);
    if (found === undefined) throw new ApiError(404, 'proxy not found');
    return found;
  };

  const add = async ({ enabled, ...entry }: Entry): Promise<Proxy> => {
    if (proxies.has(entry.name)) throw new ApiError(409, 'proxy already exists');
    const proxy = createProxy(entry, traffic);
    proxies.set(entry.name, proxy);
    try {
      if (enabled) await proxy.start();
    } catch (error) {
      if (proxies.get(entry.name) === proxy) proxies.delete(entry.name);
      throw error;
    }
    return proxy;
  };

  const remove = async (name: string): Promise<void> => {
    const proxy = get(name);
    proxies.delete(name);
    await proxy.retire();
  };

  const put = async (entry: Entry): Promise<Proxy> => {
    const present = proxies.get(entry.name);
    if (present === undefined) return await add(entry);
    if (await present.isAt(entry.listen, entry.upstream)) return present;
    await remove(entry.name);
    return await add(entry);
  };

  return {
    all: () => [...proxies.values()],
    get,
    create: async (body) => {
      const entry = entryOf(body);
      requireComplete(entry, '');
      return await add(entry);
    },
    remove,
    populate: async (read) => {
      const done: Proxy[] = [];
      try {
        for (const entry of entriesOf(read())) done.push(await put(entry));
      } catch (error) {
        throw error instanceof ApiError ? new PopulateError(error, done) : error;
      }
      return done;
    },
    reset: async () => {
      for (const proxy of proxies.values()) proxy.removeToxics();
      const started = await Promise.allSettled([...proxies.values()].map((proxy) => proxy.start()));
      for (const result of started) if (result.status === 'rejected') throw result.reason;
    },
  };
};

/** All are looked at before the first is made. */
const entriesOf = (body: unknown): readonly Entry[] => {
  if (body !== null && !Array.isArray(body)) throw badBody('a list of proxies is expected');
  const entries = (body ?? []).map(entryOf);
  entries.forEach((entry, index) => requireComplete(entry, ` at proxy ${index + 1}`));
  return entries;
};

const entryOf = (body: unknown): Entry => {
  const fields = fieldsOf(body, 'a proxy');
  return {
    name: stringField(fields, 'name') ?? '',
    listen: stringField(fields, 'listen') ?? '',
    upstream: stringField(fields, 'upstream') ?? '',
    enabled: booleanField(fields, 'enabled') ?? true,
    ttl: countField(fields, 'ttl') ?? 0,
  };
};

/** @throws {ApiError} 400. */
const requireComplete = (entry: Entry, where: string): void => {
  for (const field of ['name', 'upstream'] as const)
    if (entry[field] === '') throw new ApiError(400, `missing required field: ${field}${where}`);
  requireDisabled(entry.enabled, entry.ttl);
};
