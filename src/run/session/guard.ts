/** Who may talk to a run's session: holders of one of its tokens, on this machine, and no page in a browser. */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { Transform } from 'node:stream';
import type { Actor } from '../../journal/events.ts';
import type { Ms } from '../../units.ts';

/** What the caller is told, and nothing else happens. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export type Tokens = Readonly<Record<Actor, string>>;

const bodyBytesMax = 64 * 1_024;

/** @throws {Refused} */
export const callerOf = ({ headers }: IncomingMessage, tokens: Tokens, port: number): Actor => {
  // A page that made its own name point to this machine still sends that name.
  if (headers.host !== `127.0.0.1:${port}` && headers.host !== `localhost:${port}`)
    throw new Refused(403, `this is 127.0.0.1:${port}`);
  // A browser never has business here, whatever page it shows.
  const role = headers.origin === undefined ? roleOf(headers.authorization, tokens) : undefined;
  if (role === undefined) throw new Refused(401, 'a token of this run is needed');
  return role;
};

const roleOf = (header: string | undefined, tokens: Tokens): Actor | undefined => {
  const given = Buffer.from(header?.replace(/^Bearer /, '') ?? '');
  return (Object.keys(tokens) as Actor[]).find((role) => {
    const expected = Buffer.from(tokens[role]);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
};

/** @throws {Refused} for what is not JSON or too much of it. */
export const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  if (!/^application\/json\s*(?:;|$)/i.test(request.headers['content-type'] ?? ''))
    throw new Refused(415, 'content-type: application/json is needed');
  let bytes = 0;
  const bounded = new Transform({
    transform: (chunk: Buffer, _, done) => {
      bytes += chunk.length;
      if (bytes > bodyBytesMax) done(new Refused(413, `at most ${bodyBytesMax} bytes`));
      else done(null, chunk);
    },
  });
  request.once('error', (error) => bounded.destroy(error));
  try {
    return await json(request.pipe(bounded));
  } catch (error) {
    if (error instanceof SyntaxError) throw new Refused(400, `this is no JSON: ${error.message}`);
    throw error;
  }
};

/** Says no from the call on that would be one too many within a second. */
export const callsPerSecond = (most: number, nowMs: () => Ms): (() => boolean) => {
  const times: number[] = [];
  return () => {
    const now = nowMs();
    while (times.length > 0 && now - times[0]! >= 1_000) times.shift();
    if (times.length >= most) return false;
    times.push(now);
    return true;
  };
};
