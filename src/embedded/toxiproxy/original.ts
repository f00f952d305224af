/** The real server instead of ours, where somebody has its program: same API, so nobody above can tell. */
import type { Ms } from '../../units.ts';
import { freePort } from '../free-port.ts';
import { startOriginalServer } from '../original-server.ts';

export type StartOriginal = {
  /** Path of a `toxiproxy-server`. */
  readonly binary: string;
  /** Where it is at home. */
  readonly folder: string;
  readonly logFile: string;
  readonly readyWithinMs: Ms;
  /** Called once when it ends without having been asked to. */
  readonly onLost?: (reason: string) => void;
  /** Ends the start. */
  readonly signal?: AbortSignal;
};

export type Original = {
  readonly url: string;
  /** As it says itself. */
  readonly version: string;
  /** Twice is harmless. */
  readonly stop: () => Promise<void>;
};

/**
 * Starts it without proxies on a free port of the loopback address, and waits until it answers.
 *
 * @throws {GamedayError} ENVIRONMENT_FAILED when it cannot be started, ends or stays silent.
 */
export const startOriginal = async ({ binary, ...options }: StartOriginal): Promise<Original> => {
  // It prints no port, so it cannot choose one itself.
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { ready, stop } = await startOriginalServer({
    ...options,
    name: 'Toxiproxy',
    binary,
    args: ['-host', '127.0.0.1', '-port', String(port)],
    whenReady: () => versionAt(url),
  });
  return { url, version: ready, stop };
};

const versionAt = async (url: string): Promise<string> => {
  const answer = await fetch(`${url}/version`, { signal: AbortSignal.timeout(2_000) });
  const { version } = (await answer.json()) as { version: string };
  return version;
};
