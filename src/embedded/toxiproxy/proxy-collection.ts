/** All proxies of a server, by name. A name is taken from the moment its creation begins, and free again if that fails. */
import { ApiError } from './api-error.ts';
import { booleanField, fieldsOf, stringField } from './body.ts';
import { createProxy, type Proxy } from './proxy.ts';

type Entry = { readonly name: string; readonly listen: string; readonly upstream: string; readonly enabled: boolean };

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
  /** Creates or replaces the proxies listed; those that are the same already, and those not listed, are left alone. */
  readonly populate: (body: unknown) => Promise<readonly Proxy[]>;
  /** Starts every proxy and removes every toxic. */
  readonly reset: () => Promise<void>;
};

export const createProxyCollection = (): ProxyCollection => {
  const proxies = new Map<string, Proxy>();

  const get = (name: string): Proxy => {
    const found = proxies.get(name);
    if (found === undefined) throw new ApiError(404, 'proxy not found');
    return found;
  };

  const add = async ({ enabled, ...entry }: Entry): Promise<Proxy> => {
    if (proxies.has(entry.name)) throw new ApiError(409, 'proxy already exists');
    const proxy = createProxy(entry);
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
    await proxy.stop();
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
      requireNames(entry, '');
      return await add(entry);
    },
    remove,
    populate: async (body) => {
      if (body !== null && !Array.isArray(body))
        throw new ApiError(400, 'bad request body: a list of proxies is expected');
      const entries = (body ?? []).map(entryOf);
      entries.forEach((entry, index) => requireNames(entry, ` at proxy ${index + 1}`));
      const done: Proxy[] = [];
      for (const entry of entries) {
        try {
          done.push(await put(entry));
        } catch (error) {
          throw error instanceof ApiError ? new PopulateError(error, done) : error;
        }
      }
      return done;
    },
    reset: async () => {
      for (const proxy of proxies.values()) {
        proxy.removeToxics();
        await proxy.start();
      }
    },
  };
};

const entryOf = (body: unknown): Entry => {
  const fields = fieldsOf(body, 'a proxy');
  return {
    name: stringField(fields, 'name') ?? '',
    listen: stringField(fields, 'listen') ?? '',
    upstream: stringField(fields, 'upstream') ?? '',
    enabled: booleanField(fields, 'enabled') ?? true,
  };
};

const requireNames = (entry: Entry, where: string): void => {
  for (const field of ['name', 'upstream'] as const)
    if (entry[field] === '') throw new ApiError(400, `missing required field: ${field}${where}`);
};
