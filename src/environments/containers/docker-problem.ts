/** What Docker says when it cannot, and what a person does next. */
import { GamedayError } from '../../errors.ts';
import type { MissingImages } from './images.ts';
import type { DockerFailed } from './docker.ts';

type Explanation = {
  readonly says: RegExp;
  /** `$1` is what the first group found. */
  readonly message: string;
  readonly hint: string;
};

const without = 'or leave --env containers out: the embedded replica needs no Docker';

const imageMissing = (which: string): string => `an image is missing and cannot be fetched: ${which}`;
const imageForeign = 'an image is not made for the architecture of this Docker';

const silence = /Cannot connect to the Docker daemon at (\S+?)\.? |error during connect|no answer within/;

/** The first that fits; what has a narrower meaning stands first. */
const explanations: readonly Explanation[] = [
  {
    says: /docker: (?:command )?not found/,
    message: 'docker is not installed here',
    hint: `install Docker Engine (https://docs.docker.com/engine/install), ${without}`,
  },
  {
    says: /permission denied while trying to connect|dial unix \S+: connect: permission denied/,
    message: 'this account may not talk to Docker',
    hint: 'sudo usermod -aG docker "$USER", then log in again',
  },
  {
    says: /'compose' is not a docker command|unknown (?:docker )?command: "?(?:docker )?compose|unknown shorthand flag/,
    message: 'this Docker has no Compose',
    hint: 'install its plugin: https://docs.docker.com/compose/install',
  },
  {
    says: silence,
    message: 'Docker does not answer ($1)',
    hint: `start it (sudo systemctl start docker, or Docker Desktop), or set DOCKER_HOST, ${without}`,
  },
  {
    says: /Bind for \S+?:(\d+) failed|listen \S+ \S+?:(\d+): bind|port is already allocated/,
    message: 'port $1 is taken on the Docker host',
    hint: 'try again: the ports are drawn anew',
  },
  {
    says: /[Cc]onflict\. The container name "([^"]+)"|network with name (\S+) already exists/,
    message: 'Docker has something of the name $1 already',
    hint: 'docker ps -a shows it; remove it if it is yours',
  },
  {
    says: /no matching manifest for (\S+)|exec format error|platform \(\S+\) does not match/,
    message: `${imageForeign} ($1)`,
    hint: "docker image inspect --format '{{.Architecture}}' IMAGE tells which; docker pull --platform brings another",
  },
  {
    says: /(?:manifest for |pull access denied for |failed to resolve reference "?)([^\s",]+)|(?:Get "https?:|registry|lookup \S+ .*no such host|toomanyrequests|No such image: (\S+))/,
    message: imageMissing('$1'),
    hint: 'look whether this machine reaches the registry: docker compose pull, in the folder of docker-compose.yml',
  },
  {
    says: /exec: ("[^"]+": (?:executable file not found|stat \S+ no such file|permission denied)[^:]*)/,
    message: 'a container could not be started: $1',
    hint: 'correct service.image.command, or the command of a step of database.setup, in gameday.yaml',
  },
  {
    says: /no space left on device/,
    message: 'the Docker host has no room left',
    hint: 'docker system df shows by what, docker system prune makes room',
  },
];

/** In words that name the next step; what is not known is said as Docker said it. */
export const dockerProblem = (failed: DockerFailed): GamedayError => {
  const { said } = failed;
  const last = said.split('\n').findLast((line) => line.trim() !== '') ?? said;
  for (const { says, message, hint } of explanations) {
    const found = says.exec(said);
    if (found === null) continue;
    const named = found.slice(1).find((group) => group !== undefined) ?? last.trim();
    return new GamedayError(
      'ENVIRONMENT_FAILED',
      { message: message.replace('$1', () => named), hint },
      { cause: failed },
    );
  }
  return new GamedayError(
    'ENVIRONMENT_FAILED',
    { message: `Docker did not do it: ${last.trim()}`, hint: 'gameday doctor looks at the whole of it' },
    { cause: failed },
  );
};

export const isSilence = (said: string): boolean => silence.test(said);

export const isPortClash = ({ said }: DockerFailed): boolean =>
  /port is already allocated|address already in use/.test(said);

/** Which image it was is not always said. @param images What `missingImages` found. */
export const naming = ({ absent, foreign }: MissingImages, error: unknown): unknown => {
  if (!(error instanceof GamedayError)) return error;
  const named = (message: string, hint: string): GamedayError =>
    new GamedayError(error.code, { message, hint }, { cause: error });
  if (absent.length > 0 && error.message.startsWith(imageMissing('')))
    return named(
      imageMissing(absent.join(', ')),
      `docker pull ${absent.join(' && docker pull ')}, where this machine reaches the registry`,
    );
  if (foreign.length > 0 && error.message.startsWith(imageForeign))
    return named(
      `${imageForeign}: ${foreign.join(', ')}`,
      `docker image rm ${foreign.join(' ')}, then gameday doctor: the next run fetches what is right here`,
    );
  return error;
};
