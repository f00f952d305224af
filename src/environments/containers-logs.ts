/** What the containers have written, asked for when somebody wants to know, and kept as files before they are removed. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawnDocker } from './docker.ts';
import { text } from 'node:stream/consumers';
import { shopInstances } from './containers-replica.ts';
import type { LogName } from './environment.ts';
import { accessTime, isoTime, mergedTexts } from './log-tail.ts';

type Written = { readonly out: string; readonly err: string };

/** Called as the logs of the embedded replica are. */
const logFiles = {
  postgres: 'postgres',
  prepare: 'prepare',
  toxiproxy: 'fault-proxy',
  'shop-1': 'shop-1',
  'shop-2': 'shop-2',
  'postgres-exporter': 'postgres-exporter',
  prometheus: 'prometheus',
  alertmanager: 'alertmanager',
  pager: 'pager',
} as const;

const answersWithinMs = 10_000;
/** So many lines are looked through for the end of a log. */
const linesMax = 5_000;

export type ContainersLogs = {
  readonly tail: (of: LogName, bytes: number) => Promise<string>;
  /** The end of what a service says, for an error. */
  readonly lastWords: (service: string) => Promise<string>;
  /** Writes all of them into `folder`. Never rejects: it is done on the way out. */
  readonly keep: (folder: string) => Promise<void>;
};

export const containersLogs = (project: string): ContainersLogs => {
  const written = async (service: string, ...limit: readonly string[]): Promise<Written> => {
    const child = spawnDocker(['logs', ...limit, `${project}-${service}-1`]);
    const late = setTimeout(() => child.stdin?.end(), answersWithinMs);
    const [out, err] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
    clearTimeout(late);
    return { out, err };
  };
  const last = (service: string): Promise<Written> => written(service, '--tail', String(linesMax));
  return {
    tail: async (of, bytes) => {
      if (of === 'postgres') {
        const { out, err } = await last('postgres');
        return mergedTexts([out + err], bytes, () => undefined);
      }
      const texts = await Promise.all(shopInstances.map(last));
      return of === 'shop'
        ? mergedTexts(
            texts.map(({ err }) => err),
            bytes,
            isoTime,
          )
        : mergedTexts(
            texts.map(({ out }) => requestsIn(out)),
            bytes,
            accessTime,
          );
    },
    lastWords: async (service) => {
      const { out, err } = await written(service, '--tail', '5');
      return (out + err).trim();
    },
    keep: async (folder) => {
      const kept = Object.entries(logFiles).map(async ([service, name]) => {
        const { out, err } = await written(service);
        const isShop = (shopInstances as readonly string[]).includes(service);
        if (isShop) await writeFile(join(folder, `access-${name}.log`), requestsIn(out));
        await writeFile(join(folder, `${name}.log`), isShop ? err : out + err);
      });
      await Promise.allSettled(kept);
    },
  };
};

/** The shop also says there that it is ready, to a parent that it does not have here. */
const requestsIn = (out: string): string => out.replaceAll(/^\{"ready":.*\n/gm, '');
