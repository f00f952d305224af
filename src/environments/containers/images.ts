/** Which images of the replica Docker has, before anybody waits for one. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { composeFile } from './replica.ts';
import type { OwnService } from '../../documents/service-settings.ts';
import { GamedayError } from '../../errors.ts';
import { docker, DockerFailed } from './docker.ts';

/** `foreign`: there, and made for another architecture than this Docker's. */
export type MissingImages = { readonly absent: readonly string[]; readonly foreign: readonly string[] };

/** @param architecture As Docker names its own: `amd64`. @param own The image of a team's own service. */
export const missingImages = async (architecture: string, own?: string): Promise<MissingImages> => {
  const { services } = parse(readFileSync(composeFile, 'utf8'), { merge: true }) as {
    services: Readonly<Record<string, { readonly image: string; readonly profiles?: readonly string[] }>>;
  };
  // The shop's own is built when it is needed, from an image that is named in the Dockerfile.
  const base = /^FROM (\S+)/m.exec(readFileSync(join(dirname(composeFile), 'Dockerfile'), 'utf8'))?.[1] ?? '';
  const started = Object.values(services).filter(({ profiles }) => profiles === undefined);
  const images = [...new Set([base, ...(own === undefined ? [] : [own]), ...started.map(({ image }) => image)])].filter(
    (image) => image !== 'gameday-shop',
  );
  const found = await Promise.all(images.map(async (image) => ({ image, made: await architectureOf(image) })));
  return {
    absent: found.flatMap(({ image, made }) => (made === undefined ? [image] : [])),
    foreign: found.flatMap(({ image, made }) => (made === undefined || made === architecture ? [] : [image])),
  };
};

/** @throws {GamedayError} ENVIRONMENT_FAILED where a team's own image is not there: it is theirs to bring. */
export const findOwnImage = async ({ image, at }: Pick<OwnService, 'image' | 'at'>): Promise<void> => {
  if (image === null || (await architectureOf(image.name)) !== undefined) return;
  throw new GamedayError('ENVIRONMENT_FAILED', {
    message: `Docker has no image ${image.name}`,
    ...{
      at,
      hint: `docker build -t ${image.name} . (or docker pull ${image.name}), with the Docker that runs the replica`,
    },
  });
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
