/** `gameday toxiproxy`: the fault proxy as a server of its own, for any Toxiproxy client. Needs no project. */
import { readFileSync } from 'node:fs';
import type { ProxyConfig } from '../embedded/toxiproxy/config.ts';
import { GamedayError, reasonOf } from '../errors.ts';
import type { AddCommand } from './command.ts';
import { exitCodes, helpAfter } from './exit-codes.ts';
import { aPort } from './option-values.ts';

type Options = {
  readonly host: string;
  readonly port: string;
  readonly config?: string;
  readonly proxyMetrics?: boolean;
};

export const addToxiproxy: AddCommand = (program, run) => {
  program
    .command('toxiproxy')
    .option('--host <host>', 'where the API listens', 'localhost')
    .option('--port <port>', 'its port; 0 takes a free one', '8474')
    .option('--config <file>', 'proxies to begin with: JSON, as POST /populate takes it')
    .option('--proxy-metrics', 'serve /metrics: the bytes that have passed')
    .addHelpText(
      'after',
      helpAfter(['gameday toxiproxy', 'gameday toxiproxy --port 0 --config toxiproxy.json'], {
        2: exitCodes[2],
        3: exitCodes[3],
        130: 'interrupted; every connection is closed',
        143: 'terminated; every connection is closed',
      }),
    )
    .action(
      run(async ({ terminal, signal }, { host, port, config, proxyMetrics = false }: Options) => {
        const [{ startToxiproxy }, { ApiError }] = await Promise.all([
          import('../embedded/toxiproxy/toxiproxy.ts'),
          import('../embedded/toxiproxy/api-error.ts'),
        ]);
        const proxies = config === undefined ? [] : readProxies(config);
        const api = { host, port: aPort(port) };
        try {
          const server = await startToxiproxy({ ...api, proxies, proxyMetrics });
          terminal.out(`fault proxy  ${server.url}`);
          for (const { name, listen } of server.proxies) terminal.out(`${name}  ${listen}`);
          if (!signal.aborted) await new Promise((stop) => signal.addEventListener('abort', stop, { once: true }));
          await server.close();
          return 0;
        } catch (cause) {
          const wrong = cause instanceof ApiError && cause.status < 500;
          const message = wrong ? `${config}: ${cause.message}` : `the fault proxy did not start: ${reasonOf(cause)}`;
          throw new GamedayError(wrong ? 'DOCUMENT_INVALID' : 'ENVIRONMENT_FAILED', { message }, { cause });
        }
      }),
    );
};

/** What the entries hold is looked at by the proxy itself, as for any client. */
const readProxies = (file: string): readonly ProxyConfig[] => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as readonly ProxyConfig[];
  } catch (cause) {
    const hint = '[{"name": "postgres", "listen": "127.0.0.1:5433", "upstream": "127.0.0.1:5432"}]';
    throw new GamedayError(
      'DOCUMENT_INVALID',
      { message: `${file} cannot be read: ${reasonOf(cause)}`, hint },
      { cause },
    );
  }
};
