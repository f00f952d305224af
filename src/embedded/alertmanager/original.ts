/**
 * A real Alertmanager in the place of the stand-in: the same file, the same table of hosts, the same answer to the caller,
 * and the same reports of what would have been sent.
 */
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import type { Ms } from '../../units.ts';
import { freePort } from '../free-port.ts';
import { startOriginalServer } from '../original-server.ts';
import type { Alertmanager, AlertmanagerOptions } from './alertmanager.ts';
import type { Notification } from './notification.ts';
import { configForOriginal } from './original-config.ts';
import type { WouldSend } from './would-send.ts';

export type OriginalAlertmanagerOptions = Omit<AlertmanagerOptions, 'version'> & {
  /** The server's program. */
  readonly binary: string;
  /** For its configuration and data; made when it is not there. */
  readonly folder: string;
  readonly logFile: string;
  readonly readyWithinMs: Ms;
  /** Called once when it ends without having been asked to. */
  readonly onLost?: (reason: string) => void;
};

/**
 * @param signal Ends the start when aborted.
 * @throws {GamedayError} ENVIRONMENT_FAILED when the program cannot be started, ends by itself or is not ready in time.
 */
export const startOriginalAlertmanager = async (
  options: OriginalAlertmanagerOptions,
  signal?: AbortSignal,
): Promise<Alertmanager> => {
  const { binary, folder, configFile, logFile, hosts, listen, readyWithinMs, onLost, onWouldSend = () => {} } = options;
  const address = `${listen.host}:${listen.port === 0 ? await freePort() : listen.port}`;
  const url = `http://${address}`;
  mkdirSync(folder, { recursive: true });
  const reporter = await startReporter(onWouldSend);
  const file = join(folder, 'alertmanager.yml');
  writeFileSync(file, configForOriginal(configFile, readFileSync(configFile, 'utf8'), hosts, reporter.url));
  const whenReady = async (): Promise<void> => {
    const response = await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(2_000) });
    if (!response.ok) throw new Error((await response.text()).trim());
  };
  try {
    const { stop } = await startOriginalServer({
      ...{ name: 'Alertmanager', binary, folder, logFile, readyWithinMs, whenReady, onLost, signal },
      args: [
        ...[`--config.file=${file}`, `--storage.path=${join(folder, 'data')}`],
        ...[
          `--web.listen-address=${address}`,
          `--web.external-url=${options.externalUrl ?? url}`,
          '--web.route-prefix=/',
        ],
        // Alone; with a cluster to be found the first notification would wait for it.
        ...['--cluster.listen-address=', '--log.level=warn'],
      ],
    });
    const shutDown = async (): Promise<void> => {
      await stop();
      reporter.close();
    };
    let closed: Promise<void> | undefined;
    return { url, close: () => (closed ??= shutDown()) };
  } catch (error) {
    reporter.close();
    throw error;
  }
};

/** Takes webhooks at `/RECEIVER/INTEGRATION` in the place of integrations that must not be reached. */
const startReporter = async (onWouldSend: (notification: WouldSend) => void) => {
  const server = createServer((request, response) => {
    void json(request).then(
      (body) => {
        const { groupKey, status, alerts } = body as Notification & { readonly groupKey: string };
        const [receiver = '', integration = ''] = (request.url ?? '').split('/').slice(1).map(decodeURIComponent);
        onWouldSend({ receiver, integration, groupKey, status, alerts });
        return response.writeHead(200).end();
      },
      () => response.writeHead(400).end(),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.close().closeAllConnections(),
  };
};
