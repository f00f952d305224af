/** A stand-in at work on files and one real target of a test's own. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { startPrometheus, type PrometheusOptions } from './prometheus.ts';

export type Running = {
  readonly url: string;
  readonly folder: string;
  readonly write: (files: Readonly<Record<string, string>>) => void;
  /** What the target shows from now on. */
  readonly expose: (body: string, contentType?: string) => void;
  /** The `data` of an answer of the API. */
  readonly ask: (path: string) => Promise<unknown>;
  /** The values of an instant query by the label `by`, or the one value under ''. */
  readonly values: (query: string, by?: string) => Promise<Readonly<Record<string, string>>>;
};

/** @param files Beside a `prometheus.yml`; the target is `shop-1:8080`. */
export const running = async (
  files: Readonly<Record<string, string>>,
  options: Partial<PrometheusOptions> = {},
): Promise<Running> => {
  const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
  const write: Running['write'] = (written) => {
    for (const [name, text] of Object.entries(written)) writeFileSync(join(folder, name), text);
  };
  write(files);
  let exposed = { body: 'x 1\n', contentType: 'text/plain; version=0.0.4' };
  const target = createServer((_, response) => {
    response.writeHead(200, { 'content-type': exposed.contentType }).end(exposed.body);
  });
  await once(target.listen(0, '127.0.0.1'), 'listening');
  const hosts = { 'shop-1:8080': `127.0.0.1:${(target.address() as AddressInfo).port}` };
  const prometheus = await startPrometheus({
    ...{ configFile: join(folder, 'prometheus.yml'), listen: { host: '127.0.0.1', port: 0 }, hosts },
    ...{ lookbackMs: 10_000, ...options },
  });
  onTestFinished(async () => {
    await prometheus.close();
    target.close().closeAllConnections();
    rmSync(folder, { recursive: true });
  });
  const ask: Running['ask'] = async (path) => {
    const answer = (await (await fetch(prometheus.url + path)).json()) as { data: unknown; error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.data;
  };
  return {
    ...{ url: prometheus.url, folder, write, ask },
    expose: (body, contentType = exposed.contentType) => void (exposed = { body, contentType }),
    values: async (query, by = '') => {
      const data = (await ask(`/api/v1/query?query=${encodeURIComponent(query)}`)) as {
        result: readonly { metric: Record<string, string>; value: [number, string] }[];
      };
      return Object.fromEntries(data.result.map(({ metric, value }) => [metric[by] ?? '', value[1]]));
    },
  };
};

export const until = (check: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 10_000, interval: 20 });
