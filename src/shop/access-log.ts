/**
 * The access log, in the combined format that log tools know, with the time taken in seconds at the end of each line. Lines are
 * collected and written a few times a second: a disk that is slow, full or gone never holds up a request.
 */
import { createWriteStream } from 'node:fs';

export type Access = {
  readonly address: string;
  readonly buyer: string | undefined;
  readonly method: string;
  readonly target: string;
  readonly status: number;
  readonly bytes: number;
  readonly agent: string | undefined;
  readonly tookMs: number;
};

export type AccessLog = {
  readonly write: (access: Access) => void;
  /** Writes what was collected. Never rejects. */
  readonly close: () => Promise<void>;
};

const flushEveryMs = 250;

/** @param complain Told once when the file cannot be written; from then on the log is silent. */
export const openAccessLog = (file: string, complain: (problem: string) => void): AccessLog => {
  const stream = createWriteStream(file, { flags: 'a' });
  const closed = new Promise<void>((resolve) => stream.once('close', resolve));
  stream.once('error', (error) => complain(`no access log: ${error.message}`));
  let lines = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    timer = undefined;
    if (!stream.destroyed) stream.write(lines);
    lines = '';
  };
  return {
    write: (access) => {
      lines += accessLine(access, new Date());
      timer ??= setTimeout(flush, flushEveryMs);
    },
    close: async () => {
      clearTimeout(timer);
      flush();
      stream.end();
      await closed;
    },
  };
};

/** `198.18.4.7 - b-12 [20/Jun/2024:10:00:00 +0000] "POST /checkout HTTP/1.1" 201 18 "-" "curl/8" 0.021` */
export const accessLine = (access: Access, at: Date): string => {
  const { address, buyer = '-', method, target, status, bytes, agent = '-', tookMs } = access;
  const request = `"${method} ${quotable(target)} HTTP/1.1"`;
  return `${address} - ${buyer} [${logTime(at)}] ${request} ${status} ${bytes} "-" "${quotable(agent)}" ${(tookMs / 1_000).toFixed(3)}\n`;
};

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const logTime = (at: Date): string => {
  const [date = '', time = ''] = at.toISOString().split('T');
  const [year, month, day] = date.split('-');
  return `${day}/${months[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`;
};

/** A client chooses these words; they must not be able to end the quotes they stand in. */
const quotable = (text: string): string => text.replaceAll(/["\\]/g, (sign) => `\\${sign}`);
