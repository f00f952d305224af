/** The built-in shop as the service of a replica in containers: the instances that `docker-compose.yml` describes. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seconds } from '../../units.ts';
import { answers } from '../answering.ts';
import { shopInstances } from './replica.ts';
import type { ContainersHome, ContainersService } from './service.ts';
import { explained } from './start.ts';
import { docker } from './docker.ts';

const settingsFile = '/etc/shop/settings.json';
const comesUpWithin = seconds(60);
const restartsWithin = seconds(20);

export const containersShop = ({ project, folder, logs, opening, excuse }: ContainersHome): ContainersService => {
  const { addressOf, containerOf } = project;
  const copy = join(folder, 'settings.json');
  const urlOf = (instance: (typeof shopInstances)[number]): string => `http://${addressOf(instance)}`;
  return {
    name: 'shop',
    prepare: async () => undefined,
    start: async () => {
      const up = shopInstances.map((instance) =>
        answers({ what: instance, withinMs: comesUpWithin, signal: opening() }, `${urlOf(instance)}/healthz`),
      );
      await Promise.allSettled(up);
      await Promise.all(up);
      return shopInstances.map(urlOf);
    },
    restart: () =>
      excuse(shopInstances, async () => {
        for (const instance of shopInstances) {
          await explained(docker(['restart', '--time', '5', containerOf(instance)], { withinMs: restartsWithin }));
          await answers({ what: instance, withinMs: restartsWithin }, `${urlOf(instance)}/healthz`);
        }
      }),
    readConfiguration: async () => {
      await explained(docker(['cp', `${containerOf(shopInstances[0])}:${settingsFile}`, copy]));
      return readFile(copy, 'utf8');
    },
    writeConfiguration: async (text) => {
      await writeFile(copy, text, { mode: 0o644 }); // the shop has an account of its own; the folder is private
      for (const instance of shopInstances)
        await explained(docker(['cp', copy, `${containerOf(instance)}:${settingsFile}`]));
    },
    logTail: logs.tail,
  };
};
