/**
 * The service of a bed: the shop as a process of its own, with the settings file that a team would edit. It is no child of
 * any conductor, so it outlives them all, and whoever may restart it is not among them.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { shopService } from '../../src/environments/embedded/shop-service.ts';
import { ms } from '../../src/units.ts';

export type BedService = {
  readonly url: string;
  readonly configurationFile: string;
  readonly readConfiguration: () => Promise<string>;
  readonly writeConfiguration: (text: string) => Promise<void>;
  /** One at a time: who was killed may have asked for one that is not over yet. */
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const settings = {
  instances: 1,
  pool: { max: 10, acquireTimeoutMs: ms(1_000), idleTimeoutMs: ms(1_000) },
  work: { browseMs: ms(0), checkoutMs: ms(0) },
} as const;

export const openBedService = async (bedFolder: string, databaseUrl: string): Promise<BedService> => {
  const folder = join(bedFolder, 'service');
  await mkdir(folder);
  const children = new Set<{ readonly stop: () => Promise<void> }>();
  const service = await shopService(settings, {
    folder,
    log: (name) => join(folder, `${name}.log`),
    opening: () => undefined,
    onLost: () => {}, // the inspector will see that it does not answer
    keep: (child) => void children.add(child),
    letGo: (child) => void children.delete(child),
  }).start(
    { url: databaseUrl, host: '', port: 0, user: 'service', password: '' },
    Promise.resolve({ operatorUrl: '' }),
  );
  let last = Promise.resolve();
  return {
    url: service.urls[0] ?? '',
    configurationFile: join(folder, 'shop.json'),
    readConfiguration: service.readConfiguration,
    writeConfiguration: service.writeConfiguration,
    restart: () => (last = last.catch(() => {}).then(() => service.restart())),
    close: async () => {
      await last.catch(() => {});
      for (const child of children) await child.stop();
    },
  };
};
