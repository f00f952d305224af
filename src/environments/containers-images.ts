/** Which images of the replica Docker has, before anybody waits for one. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { composeFile } from './containers-replica.ts';
import { docker, DockerFailed } from './docker.ts';

/** `foreign`: there, and made for another architecture than this Docker's. */
export type MissingImages = { readonly absent: readonly string[]; readonly foreign: readonly string[] };

/** @param architecture As Docker names its own: `amd64`. */
export const missingImages = async (architecture: string): Promise<MissingImages> => {
  const { services } = parse(readFileSync(composeFile, 'utf8'), { merge: true }) as {
    services: Readonly<Record<string, { readonly image: string; readonly profiles?: readonly string[] }>>;
  };
  // The shop's own is built when it is needed, from an image that is named in the Dockerfile.
  const base = /^FROM (\S+)/m.exec(readFileSync(join(dirname(composeFile), 'Dockerfile'), 'utf8'))?.[1] ?? '';
  const started = Object.values(services).filter(({ profiles }) => profiles === undefined);
  const images = [...new Set([base, ...started.map(({ image }) => image)])].filter((image) => image !== 'gameday-shop');
  const found = await Promise.all(images.map(async (image) => ({ image, made: await architectureOf(image) })));
  return {
    absent: found.flatMap(({ image, made }) => (made === undefined ? [image] : [])),
    foreign: found.flatMap(({ image, made }) => (made === undefined || made === architecture ? [] : [image])),
  };
};

/** undefined where Docker has no such image. */
export const architectureOf = async (image: string): Promise<string | undefined> => {
  try {
    return (await docker(['image', 'inspect', '--format', '{{.Architecture}}', image])).trim();
  } catch (error) {
    if (error instanceof DockerFailed) return undefined;
    throw error;
  }
};
