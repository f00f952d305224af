/**
 * Where the bytes of a socket are read into. Node would make a buffer of 64 KiB for each read, and a fast transfer then
 * makes garbage faster than it is collected. Here the same buffer serves again, unless what was read is still in use; it
 * is small until a read has filled it, since most connections idle. Only the sockets we open ourselves can be read like
 * this; of those we accept, Node leaves no choice.
 */
import type { OnReadOpts } from 'node:net';

const bytesAtFirst = 2_048;
const bytesMax = 65_536;

/** @param lend Given the bytes of one read; tells whether they are still in use when it returns. */
export const readInto = (lend: (chunk: Buffer) => boolean): OnReadOpts => {
  let buffer = Buffer.allocUnsafe(bytesAtFirst);
  let inUse = false;
  let filled = false;
  return {
    buffer: () => {
      const wanted = filled ? bytesMax : buffer.length;
      if (inUse || wanted > buffer.length) buffer = Buffer.allocUnsafe(wanted);
      return buffer;
    },
    callback: (bytes) => {
      filled = bytes === buffer.length;
      inUse = lend(buffer.subarray(0, bytes));
      return true;
    },
  };
};
