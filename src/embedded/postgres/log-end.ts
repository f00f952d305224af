/** What a process wrote last, for the message that says that it failed. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const bytesMax = 4_096;
const linesMax = 8;

/** `end` gives the last lines written since the log was opened. */
export type Log = { readonly end: () => string };

/** Marks the present end of `file`, which is made when it is missing. */
export const openLog = (file: string): Log => {
  const marked = withFile(file, 'a', (descriptor) => fstatSync(descriptor).size);
  const end = (): string => {
    try {
      return withFile(file, 'r', (descriptor) => {
        const { size } = fstatSync(descriptor);
        const from = Math.max(marked, size - bytesMax);
        const tail = Buffer.alloc(Math.max(0, size - from));
        readSync(descriptor, tail, 0, tail.length, from);
        return tail.toString('utf8').trim().split('\n').slice(-linesMax).join('\n');
      });
    } catch (error) {
      return `(${file} cannot be read: ${String(error)})`; // the run's folder may be gone by now
    }
  };
  return { end };
};

const withFile = <Value>(file: string, flags: 'a' | 'r', use: (descriptor: number) => Value): Value => {
  const descriptor = openSync(file, flags);
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
};
