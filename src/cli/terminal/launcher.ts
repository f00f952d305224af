/** The process before this one (`bin/`): it hands on the terminal and stays behind to restore it. */
import { Stopped } from '../../run/stopped.ts';

/** The channel to whoever started a process, as Node's `process` has it. */
type Started = {
  /** false where it is closed again, undefined where there never was one. */
  readonly connected?: boolean;
  readonly channel?: { readonly unref: () => void } | null | undefined;
  readonly once: (event: 'disconnect', listener: () => void) => unknown;
};

/**
 * Aborted, by nobody, when whoever started this process over a channel is gone, whatever killed it: the terminal belongs to
 * somebody else then, and the exit code to no one. Never where there was no channel.
 */
export const launcherGone = (self: Started): AbortSignal => {
  const gone = new AbortController();
  const abort = (): void => gone.abort(new Stopped('nobody'));
  self.once('disconnect', abort);
  self.channel?.unref();
  if (self.connected === false) abort(); // before anybody listened
  return gone.signal;
};
