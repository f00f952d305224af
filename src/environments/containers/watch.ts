/** Hears of every container of a project that ends, from Docker itself. */
import { createInterface } from 'node:readline';
import { spawnDocker } from './docker.ts';

export type ContainersWatch = {
  /** While `act` runs, these services may end. */
  readonly excuse: <Result>(services: readonly string[], act: () => Promise<Result>) => Promise<Result>;
  readonly close: () => Promise<void>;
};

const service = '{{index .Actor.Attributes "com.docker.compose.service"}}';

/** It has done its work when it ends; a failure of it is one of the start. */
const endsByItself = /^(?:prepare|setup-\d+)$/;

/** @param onEnded Told of each one in words, and of a Docker that says nothing any more, then without a service. */
export const watchContainers = (
  project: string,
  onEnded: (what: string, service?: string) => void,
): ContainersWatch => {
  const excused = new Map<string, number>();
  let isClosing = false;
  const child = spawnDocker([
    'events',
    ...['--filter', `label=com.docker.compose.project=${project}`, '--filter', 'event=die'],
    ...['--format', `${service} {{.Actor.Attributes.exitCode}}`],
  ]);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (said += text));
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const [name = '', code = ''] = line.split(' ');
    if (isClosing || endsByItself.test(name) || (excused.get(name) ?? 0) > 0) return;
    onEnded(`${name} ended with ${code === '137' ? '137 (killed, or out of memory)' : code}`, name);
  });
  void ended.then(() => {
    if (!isClosing) onEnded(`Docker does not answer any more${said === '' ? '' : `: ${said.trim()}`}`);
  });
  const count = (services: readonly string[], by: number): void => {
    for (const name of services) excused.set(name, (excused.get(name) ?? 0) + by);
  };
  return {
    excuse: async (services, act) => {
      count(services, 1);
      try {
        return await act();
      } finally {
        // What is over is told within moments.
        setTimeout(() => count(services, -1), 500).unref();
      }
    },
    close: async () => {
      isClosing = true;
      child.stdin?.end();
      await ended;
    },
  };
};
