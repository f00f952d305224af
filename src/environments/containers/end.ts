/** How a container ends, from Docker itself. */
import { text } from 'node:stream/consumers';
import { spawnDocker } from './docker.ts';

export type ContainerEnd = AsyncDisposable & {
  /** In the words of a command that ended; stays open while Docker does not tell. */
  readonly ended: Promise<string>;
  /** The same, if it has ended. */
  readonly how: () => string | undefined;
};

/** Also of one that has ended already. */
export const endOfContainer = (container: string): ContainerEnd => {
  const child = spawnDocker(['wait', container]);
  let how: string | undefined;
  const told = text(child.stdout!);
  child.stderr!.resume();
  const ended = new Promise<string>((resolve) => {
    void told.then((status) => {
      if (!/^\d+$/.test(status.trim())) return;
      how = `ended with status ${status.trim()}`;
      resolve(how);
    });
  });
  return {
    ended,
    how: () => how,
    [Symbol.asyncDispose]: async () => {
      child.stdin?.end();
      await told.catch(() => {});
    },
  };
};
