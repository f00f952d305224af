/**
 * `docker-compose.yml` for one run: the same file, an overriding one beside it, and the variables that the first has room
 * for. Nothing is mounted: what the run renders is copied into the containers, so that Docker may stand elsewhere.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Document, parseDocument } from 'yaml';
import type { Capability, ServiceSettings } from '../documents/experiment.ts';
import { configForOriginal } from '../embedded/alertmanager/original-config.ts';
import { freePort } from '../embedded/free-port.ts';
import type { ShopSettings } from '../shop/config.ts';
import { formatDuration, minutes, ms } from '../units.ts';
import type { DockerHost } from './containers-start.ts';
import type { Variables } from './docker.ts';
import { notSentPath } from './pager-relay.ts';
import type { ReplicaRole } from './replica-roles.ts';
import { shopCapabilities } from './shop-service.ts';

/** The replica's own folder, wherever the project is that runs in it. */
const home = fileURLToPath(new URL('../..', import.meta.url));
export const composeFile = join(home, 'docker-compose.yml');

export const containersCapabilities: readonly Capability[] = [
  'proxy',
  'settings',
  'restart-postgres',
  'prometheus',
  'alertmanager',
  ...shopCapabilities,
];

/** As many as the file describes. */
export const shopInstances = ['shop-1', 'shop-2'] as const;

/** What is published, by the variable that chooses its port. */
const published = {
  postgres: 'POSTGRES_PORT',
  proxied: 'PROXIED_PORT',
  toxiproxy: 'TOXIPROXY_PORT',
  'shop-1': 'SHOP_1_PORT',
  'shop-2': 'SHOP_2_PORT',
  prometheus: 'PROMETHEUS_PORT',
  alertmanager: 'ALERTMANAGER_PORT',
  pager: 'PAGER_PORT',
} as const;
export type Published = keyof typeof published;

export type ReplicaFiles = {
  /** The run's own; its name is the project's. */
  readonly folder: string;
  readonly service: ServiceSettings;
  /** As they are to be run. The rules come when there is something to see. */
  readonly monitoring: { readonly prometheus: string; readonly alertmanager: string };
  readonly speed: number;
};

export type ComposeProject = {
  readonly name: string;
  /** In this order. */
  readonly files: readonly string[];
  readonly variables: Variables;
  readonly password: string;
  /** `host:port` */
  readonly addressOf: (what: Published) => string;
  /** Others for all; nothing may be up. */
  readonly drawPorts: () => Promise<void>;
};

export const projectName = (folder: string): string => basename(folder);

/**
 * Ports are drawn here rather than by Docker, which would choose another one at each restart, and who asks for the service
 * keeps its address.
 */
export const composeProject = async (files: ReplicaFiles, { host, publishAt }: DockerHost): Promise<ComposeProject> => {
  const { folder } = files;
  const name = projectName(folder);
  const password = randomBytes(12).toString('hex');
  const overriding = join(folder, 'compose.yaml');
  writeFileSync(overriding, overridingFile(files, password), { mode: 0o600 });
  const variables: Record<string, string> = { REPLICA_PASSWORD: password, REPLICA_ADDRESS: publishAt };
  const drawPorts = async (): Promise<void> => {
    for (const variable of Object.values(published)) variables[variable] = String(await freePort());
  };
  await drawPorts();
  return {
    ...{ name, variables, password, drawPorts },
    files: [composeFile, overriding],
    addressOf: (what) => `${host}:${variables[published[what]]}`,
  };
};

export const shopSettingsOf = ({ pool, work }: ServiceSettings, password: string): string => {
  const databaseUrl = connectionString('shop', password, 'toxiproxy:5432');
  return `${JSON.stringify({ databaseUrl, pool, work } satisfies ShopSettings, null, 2)}\n`;
};

export const connectionString = (role: ReplicaRole | 'postgres', password: string, address: string): string =>
  `postgresql://${role}:${password}@${address}/shop`;

const overridingFile = ({ service, monitoring, speed }: ReplicaFiles, password: string): string => {
  const { services } = parseDocument(readFileSync(composeFile, 'utf8'), { merge: true }).toJS() as {
    services: Readonly<Record<string, object>>;
  };
  const configured = (name: string) => ({ configs: [{ source: name, target: `/etc/${name}/${name}.yml` }] });
  const document = new Document({
    services: {
      // A look every two seconds into each container would be half a core; the run asks the servers themselves.
      ...Object.fromEntries(Object.keys(services).map((name) => [name, { healthcheck: { disable: true } }])),
      alertmanager: { healthcheck: { disable: true }, ...configured('alertmanager') },
      prometheus: {
        healthcheck: { disable: true },
        ...configured('prometheus'),
        command: [
          '--config.file=/etc/prometheus/prometheus.yml',
          '--storage.tsdb.path=/prometheus',
          '--web.enable-lifecycle',
          `--query.lookback-delta=${formatDuration(ms(minutes(5) / speed))}`,
        ],
      },
    },
    configs: {
      'shop-settings': { content: literal(shopSettingsOf(service, password)) },
      prometheus: { content: literal(monitoring.prometheus) },
      alertmanager: { content: literal(callingNobody(monitoring.alertmanager)) },
    },
  });
  for (const name of ['prometheus', 'alertmanager']) {
    const nothing = document.createNode([]);
    nothing.tag = '!reset'; // in the place of the team's own folder
    document.setIn(['services', name, 'volumes'], nothing);
  }
  return document.toString({ lineWidth: 0 });
};

/** As for any original Alertmanager: what would go to chat or mail is told to the pager instead (`pager-relay.ts`). */
const callingNobody = (alertmanager: string): string =>
  configForOriginal('/etc/alertmanager/alertmanager.yml', alertmanager, {}, `http://pager:9095${notSentPath}`);

/** Compose reads `$` as the beginning of a variable. */
const literal = (text: string): string => text.replaceAll('$', '$$$$');
