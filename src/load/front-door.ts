/**
 * The load balancer in front of the instances, as far as buyers notice one. New visitors go round robin. It knows an
 * instance to be down only from a connection it refuses (a passive health check): that request goes to the next instance,
 * once. A connection that was kept alive and turns out to be closed before the answer began is replaced, once, and only
 * for a GET, as proxies do (RFC 9110 §9.2.2). Whatever else goes wrong after a request was sent is the buyer's to see.
 */
import { Agent, request as httpRequest } from 'node:http';
import type { Clock } from '../clock.ts';

export type Ask = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What a good answer has; any status 2xx unless given. `statuses`: from the first to the last. */
  readonly expect?: { readonly statuses: readonly [number, number]; readonly contains: string | null };
  /** The instance to ask, as an earlier answer named it; the next in turn unless given. */
  readonly target?: number;
};

/** `problem` is undefined for a good answer, else its status, `timeout`, `unexpected text` or the socket's error. */
export type Answered = { readonly target: number; readonly problem: string | undefined };

export type FrontDoor = {
  /** Never rejects. */
  readonly ask: (ask: Ask) => Promise<Answered>;
  /** Cuts every connection. */
  readonly close: () => void;
};

/** @param timeoutMs For one `ask`, whatever it takes. */
export const openFrontDoor = (targets: readonly string[], timeoutMs: number, clock: Clock): FrontDoor => {
  if (targets.length === 0) throw new Error('load needs at least one target');
  const instances = targets.map((target) => {
    const { hostname, port } = new URL(target);
    return { hostname, port, agent: new Agent({ keepAlive: true }) };
  });
  let turn = 0;

  const attempt = (
    { method, path, headers, body, expect = anySuccess }: Ask,
    target: number,
    fresh: boolean,
    withinMs: number,
  ): Promise<Attempt> =>
    new Promise((resolve) => {
      const { hostname, port, agent } = instances[target]!;
      const request = httpRequest({
        ...{ hostname, port, method, path, agent: fresh ? false : agent },
        headers: { ...headers, 'content-length': Buffer.byteLength(body ?? '') },
      });
      let answered = false;
      const end = (problem: string | undefined): void => {
        clearTimeout(timer);
        resolve({
          problem,
          stale: !answered && request.reusedSocket && (problem === 'ECONNRESET' || problem === 'EPIPE'),
        });
      };
      // A listener that closes resets who waits in its queue: that is a refusal, too.
      const fail = ({ syscall, code, message }: NodeJS.ErrnoException): void =>
        end(syscall === 'connect' && code === 'ECONNRESET' ? 'ECONNREFUSED' : (code ?? message));
      const timer = setTimeout(() => {
        end('timeout');
        request.destroy();
      }, withinMs);
      request.once('response', (response) => {
        answered = true;
        const { statusCode = 0 } = response;
        const [first, last] = expect.statuses;
        const { contains } = expect;
        let text = '';
        if (contains === null) response.resume();
        else response.setEncoding('utf8').on('data', (part: string) => (text = (text + part).slice(0, textMax)));
        response.once('end', () => {
          if (statusCode < first || statusCode > last) end(String(statusCode));
          else end(contains === null || text.includes(contains) ? undefined : 'unexpected text');
        });
        response.on('error', fail);
      });
      request.on('error', fail);
      request.end(body);
    });

  return {
    ask: async (ask) => {
      const deadlineMs = clock.nowMs() + timeoutMs;
      let target = ask.target ?? turn++ % instances.length;
      let movedOn = instances.length === 1;
      let fresh = false;
      for (;;) {
        const { problem, stale } = await attempt(ask, target, fresh, deadlineMs - clock.nowMs());
        if (problem === 'ECONNREFUSED' && !movedOn) {
          target = (target + 1) % instances.length;
          movedOn = true;
        } else if (stale && ask.method === 'GET' && !fresh) fresh = true;
        else return { target, problem };
      }
    },
    close: () => {
      for (const { agent } of instances) agent.destroy();
    },
  };
};

const anySuccess = { statuses: [200, 299], contains: null } as const;
/** Of an answer that is searched for a text. */
const textMax = 1_000_000;

type Attempt = { readonly problem: string | undefined; readonly stale: boolean };
