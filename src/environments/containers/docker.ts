/**
 * Docker, through its own command: it knows the caller's context, DOCKER_HOST, certificates and tunnels, and Compose is
 * part of it. Whatever is started here ends with this process (a pipe held open), so that a conductor that was killed in
 * the middle of a start leaves nobody behind who goes on starting.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { GamedayError } from '../../errors.ts';
import { seconds, type Ms } from '../../units.ts';
import { dockerProblem } from './docker-problem.ts';

/**
 * The command is in the shell's own process group, and so is a plugin such as Compose. At the end of input all of it is
 * asked to end, and after two seconds killed.
 */
const guard = `
exec 3<&0 </dev/null
"$@" 3<&- &
command=$!
{
  trap '' TERM
  read -r _
  kill -TERM 0
  attempts=20
  while [ $attempts -gt 0 ]; do kill -0 "$command" || exit; attempts=$((attempts - 1)); sleep 0.1; done
  kill -KILL 0
} <&3 2>/dev/null >/dev/null &
reader=$!
exec 3<&-
wait "$command"
status=$?
kill -KILL "$reader" 2>/dev/null
exit "$status"
`;

/** What the command finds its Docker and its account's settings by; a process that is started with less is given these. */
export const dockerVariables = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => /^(?:HOME|DOCKER_\w+|SSH_AUTH_SOCK|XDG_RUNTIME_DIR)$/.test(name)),
  );

export type Variables = Readonly<Record<string, string>>;

/** Runs until it ends by itself or its standard input is ended. */
export const spawnDocker = (args: readonly string[], variables: Variables = {}): ChildProcess => {
  const child = spawn('/bin/sh', ['-c', guard, 'guard', 'docker', ...args], {
    detached: true,
    env: { ...process.env, ...variables },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => {}); // it has ended
  return child;
};

export class DockerFailed extends Error {
  /** What it wrote on standard error. */
  readonly said: string;

  constructor(args: readonly string[], said: string) {
    super(`docker ${args.slice(0, 2).join(' ')}: ${said}`);
    this.said = said;
  }
}

export type DockerOptions = { readonly variables?: Variables; readonly signal?: AbortSignal; readonly withinMs?: Ms };

/** @returns Its standard output. @throws {DockerFailed} when it fails or takes too long. */
export const docker = async (
  args: readonly string[],
  { variables, signal, withinMs = seconds(30) }: DockerOptions = {},
): Promise<string> => {
  signal?.throwIfAborted();
  const child = spawnDocker(args, variables);
  const bound = AbortSignal.any([AbortSignal.timeout(withinMs), ...(signal === undefined ? [] : [signal])]);
  const end = (): void => void child.stdin?.end();
  bound.addEventListener('abort', end, { once: true });
  try {
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [output, said, code] = await Promise.all([text(child.stdout!), text(child.stderr!), ended]);
    signal?.throwIfAborted();
    if (bound.aborted) throw new DockerFailed(args, `no answer within ${withinMs / 1_000} s`);
    if (code !== 0) throw new DockerFailed(args, said.trim() === '' ? `ended with ${code}` : said.trim());
    return output;
  } finally {
    bound.removeEventListener('abort', end);
  }
};

export type Engine = {
  readonly version: string;
  readonly composeVersion: string;
  /** `amd64`, as images name it. */
  readonly architecture: string;
  /** `unix:///var/run/docker.sock`, `tcp://build-host:2376`: of DOCKER_HOST, or of the context that is in use. */
  readonly endpoint: string;
};

/** `!reset` of an overriding file, which the replica needs. */
const composeNeeded = [2, 24, 4] as const;

/** @throws {GamedayError} ENVIRONMENT_FAILED with the next step, where Docker or its Compose is missing or does not answer. */
export const findEngine = async (signal?: AbortSignal): Promise<Engine> => {
  const options = { withinMs: seconds(10), ...(signal === undefined ? {} : { signal }) };
  try {
    const [engine, compose, endpoint] = await Promise.all([
      docker(['version', '--format', '{{.Server.Version}} {{.Server.Arch}}'], options),
      docker(['compose', 'version', '--short'], options),
      docker(['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'], options),
    ]);
    const [version = '', architecture = ''] = engine.trim().split(' ');
    const composeVersion = compose.trim();
    if (isOlder(composeVersion))
      throw new GamedayError('ENVIRONMENT_FAILED', {
        message: `Docker Compose is ${composeVersion}; the replica needs ${composeNeeded.join('.')} or newer`,
        hint: 'bring Docker up to date: https://docs.docker.com/compose/install',
      });
    return { version, architecture, composeVersion, endpoint: endpoint.trim() };
  } catch (error) {
    throw error instanceof DockerFailed ? dockerProblem(error) : error;
  }
};

const isOlder = (version: string): boolean => {
  const parts = version.replace(/^v/, '').split(/[.-]/).map(Number);
  const [at] = composeNeeded.flatMap((needed, index) => (parts[index] === needed ? [] : [index]));
  return at !== undefined && (parts[at] ?? 0) < (composeNeeded[at] ?? 0);
};
