/**
 * What a program in a container says to this machine, a line each. It cannot reach us: we listen on the loopback address of
 * this machine, and it may stand on another one. So we ask, and its answer does not end.
 */
import { Readable } from 'node:stream';
import { setTimeout as sleepFor } from 'node:timers/promises';

/** @param index Of the line in the answer; each new answer begins at 0. */
export type OnLine = (line: string, index: number, signal: AbortSignal) => Promise<void>;

/** Returns when it listens; a broken line is taken up again where it broke. @throws when `url` does not answer. */
export const followLines = async (url: string, onLine: OnLine): Promise<AsyncDisposable> => {
  const closing = new AbortController();
  const { signal } = closing;
  const listen = async (): Promise<Readable> => {
    const { body, ok } = await fetch(url, { signal });
    if (!ok || body === null) throw new Error(`${url} does not say anything`);
    return Readable.fromWeb(body);
  };
  const hear = async (heard: Readable): Promise<void> => {
    let index = 0;
    let rest = '';
    for await (const chunk of heard.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) await onLine(line, index++, signal);
    }
  };
  const goOn = async (first: Readable): Promise<void> => {
    let heard: Readable | undefined = first;
    while (!signal.aborted) {
      try {
        await hear(heard ?? (await listen()));
      } catch {
        // Taken up again below.
      }
      heard = undefined;
      await sleepFor(200, undefined, { signal }).catch(() => {});
    }
  };
  const going = goOn(await listen());
  return {
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      await going;
    },
  };
};
