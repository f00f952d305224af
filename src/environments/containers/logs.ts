/** What the containers have written, asked for when somebody wants to know, and kept as files before they are removed. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawnDocker } from './docker.ts';
import { isSilence } from './docker-problem.ts';
import { text } from 'node:stream/consumers';
import { shopInstances } from './replica.ts';
import type { LogName } from '../environment.ts';
import { accessTime, isoTime, mergedTexts } from '../log-tail.ts';

type Written = { readonly out: string; readonly err: string };

/** Called as the logs of the embedded replica are. */
const logFiles = {
  postgres: 'postgres',
  prepare: 'prepare',
  toxiproxy: 'fault-proxy',
  'shop-1': 'shop-1',
  'shop-2': 'shop-2',
  service: 'service',
  'postgres-exporter': 'postgres-exporter',
  prometheus: 'prometheus',
  alertmanager: 'alertmanager',
  pager: 'pager',
} as const;

const answersWithinMs = 10_000;
/** So many lines are looked through for the end of a log. */
const linesMax = 5_000;

export type ContainersLogs = {
  /** All that a service says, in order of time. @param limit As `docker logs` has it. */
  readonly inOrder: (service: string, ...limit: readonly string[]) => Promise<string>;
  readonly tail: (of: LogName, bytes: number) => Promise<string>;
  /** The end of what a service says, for an error; undefined where Docker does not answer. */
  readonly lastWords: (service: string) => Promise<string | undefined>;
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
  /** Docker keeps the two streams apart. */
  const inOrder = async (service: string, ...limit: readonly string[]): Promise<string> => {
    const { out, err } = await written(service, '--timestamps', ...limit);
    const whole = [out, err].map((part) => (part === '' || part.endsWith('\n') ? part : `${part}\n`));
    return isAbsent(err) ? '' : mergedTexts(whole, Infinity, isoTime).replaceAll(/^\S+ /gm, '');
  };
  return {
    inOrder,
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
      return isSilence(err) ? undefined : (out + err).trim();
    },
    keep: async (folder) => {
      const kept = Object.entries(logFiles).map(async ([service, name]) => {
        const { out, err } = await written(service);
        if (isAbsent(err)) return;
        const isShop = (shopInstances as readonly string[]).includes(service);
        if (isShop) await writeFile(join(folder, `access-${name}.log`), requestsIn(out));
        const said = service === 'service' ? await inOrder(service) : isShop ? err : out + err;
        await writeFile(join(folder, `${name}.log`), said);
      });
      await Promise.allSettled(kept);
    },
  };
};

/** A team's own service is there in the place of some. */
const isAbsent = (said: string): boolean => /^Error\b.*: No such container: \S+\s*$/.test(said);

/** The shop also says there that it is ready, to a parent that it does not have here. */
const requestsIn = (out: string): string => out.replaceAll(/^\{"ready":.*\n/gm, '');
