/** The end of logs as a person reads them: whole lines only, and several files as one, in order of time. */
import { open } from 'node:fs/promises';

/** The last whole lines of a file, `bytes` at most; empty where there is no file yet. */
export const logTail = async (file: string, bytes: number): Promise<string> => {
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return '';
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - bytes);
    // One byte more tells whether the first line is whole.
    const from = Math.max(0, start - 1);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
    return wholeLines(buffer.subarray(0, bytesRead).toString(), from > 0 || start > 0);
  } finally {
    await handle.close();
  }
};

/** A line that is still being written is left to the next reader. */
const wholeLines = (text: string, cut: boolean): string =>
  text.slice(cut ? text.indexOf('\n') + 1 : 0, text.lastIndexOf('\n') + 1);

/**
 * The ends of several files as one. A line without a time (a stack) stays behind the line it belongs to.
 *
 * @param timeOf Milliseconds since 1970, or undefined where a line has none.
 */
export const mergedTail = async (
  files: readonly string[],
  bytes: number,
  timeOf: (line: string) => number | undefined,
): Promise<string> => {
  const tails = await Promise.all(files.map((file) => logTail(file, bytes)));
  return mergedTexts(tails, bytes, timeOf);
};

/** The same of texts, whole lines each. */
export const mergedTexts = (
  texts: readonly string[],
  bytes: number,
  timeOf: (line: string) => number | undefined,
): string => {
  const lines = texts.flatMap((tail) => {
    let at = 0;
    return tail
      .split('\n')
      .slice(0, -1)
      .map((line) => ({ line, at: (at = timeOf(line) ?? at) }));
  });
  const merged = lines.toSorted((a, b) => a.at - b.at).map(({ line }) => `${line}\n`);
  let size = 0;
  let first = merged.length;
  while (first > 0 && (size += Buffer.byteLength(merged[first - 1]!)) <= bytes) first -= 1;
  return merged.slice(first).join('');
};

/** `2024-06-20T10:00:00.000Z …` */
export const isoTime = (line: string): number | undefined => numberOr(Date.parse(/^\S+/.exec(line)?.[0] ?? ''));

/** `… [20/Jun/2024:10:00:00 +0000] …`, as access logs have it. */
export const accessTime = (line: string): number | undefined => {
  const [, date = '', time = ''] = /\[(\d+\/\w+\/\d+):([\d:]+ [+-]\d+)\]/.exec(line) ?? [];
  return numberOr(Date.parse(`${date.replaceAll('/', ' ')} ${time}`));
};

const numberOr = (time: number): number | undefined => (Number.isNaN(time) ? undefined : time);
