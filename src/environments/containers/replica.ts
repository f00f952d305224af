/**
 * `docker-compose.yml` for one run: the same file, an overriding one beside it, and the variables that the first has room
 * for. Nothing is mounted: what the run renders is copied into the containers, so that Docker may stand elsewhere.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Document, parseDocument } from 'yaml';
import type { Capability, ServiceSettings } from '../../documents/experiment.ts';
import { isOwnService, type OwnService, type ServiceImage } from '../../documents/service-settings.ts';
import { configForOriginal } from '../../embedded/alertmanager/original-config.ts';
import { freePort } from '../../embedded/free-port.ts';
import { configForOriginal as prometheusConfig } from '../../embedded/prometheus/original-config.ts';
import type { ShopSettings } from '../../shop/config.ts';
import { formatDuration, minutes, ms } from '../../units.ts';
import type { DockerHost } from './start.ts';
import type { Variables } from './docker.ts';
import { ownServiceCapabilities } from '../own-service/own-service.ts';
import { notSentPath } from './pager-relay.ts';
import { shopCapabilities } from '../embedded/shop-service.ts';

/** The replica's own folder, wherever the project is that runs in it. */
const home = fileURLToPath(new URL('../../..', import.meta.url));
export const composeFile = join(home, 'docker-compose.yml');

/** @param own The team's own service; the built-in shop unless given. */
export const containersCapabilities = (own: OwnService | undefined): readonly Capability[] => [
  ...(['proxy', 'settings', 'restart-postgres', 'prometheus', 'alertmanager'] as const),
  ...(own === undefined ? shopCapabilities : ownServiceCapabilities(own)),
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
  service: 'SERVICE_PORT',
  prometheus: 'PROMETHEUS_PORT',
  alertmanager: 'ALERTMANAGER_PORT',
  pager: 'PAGER_PORT',
  load: 'LOAD_PORT',
} as const;
export type Published = keyof typeof published;

export type ReplicaFiles = {
  /** The run's own; its name is the project's. */
  readonly folder: string;
  readonly service: ServiceSettings | OwnService;
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
  /** The last of `files`, of a service of the team's own: written when it is known what is in it. */
  readonly ownFile: string;
  /** Whether the rules are about what the load generator sees. */
  readonly hasLoad: boolean;
  readonly containerOf: (service: string) => string;
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
  const ownFile = join(folder, 'service.yaml');
  if (isOwnService(files.service)) writeFileSync(ownFile, '{}\n', { mode: 0o600 });
  writeFileSync(overriding, overridingFile(files, password), { mode: 0o600 });
  const variables: Record<string, string> = { REPLICA_PASSWORD: password, REPLICA_ADDRESS: publishAt };
  const drawPorts = async (): Promise<void> => {
    for (const variable of Object.values(published)) variables[variable] = String(await freePort());
  };
  await drawPorts();
  return {
    ...{ name, variables, password, drawPorts, ownFile, hasLoad: asksLoad(files) },
    files: [composeFile, overriding, ...(isOwnService(files.service) ? [ownFile] : [])],
    containerOf: (service) => `${name}-${service}-1`,
    addressOf: (what) => `${host}:${variables[published[what]]}`,
  };
};

export const shopSettingsOf = ({ pool, work }: ServiceSettings, password: string): string => {
  const databaseUrl = connectionString('shop', password, 'toxiproxy:5432', 'shop');
  return `${JSON.stringify({ databaseUrl, pool, work } satisfies ShopSettings, null, 2)}\n`;
};

export const connectionString = (role: string, password: string, address: string, database: string): string =>
  `postgresql://${role}:${password}@${address}/${database}`;

/** Where a team's own image listens, in its container. */
export const ownServicePort = ({ port }: ServiceImage): number => port ?? wellKnownPort;

/** By which monitoring files know it. */
const wellKnownPort = 8080;
const finding = (image: ServiceImage, prometheus: string): string => {
  const hosts = { [`service:${wellKnownPort}`]: `service:${ownServicePort(image)}` };
  return prometheusConfig('/etc/prometheus/prometheus.yml', prometheus, hosts);
};

const asksLoad = ({ monitoring }: Pick<ReplicaFiles, 'monitoring'>): boolean =>
  /\bload:8080\b/.test(monitoring.prometheus);

const overridingFile = (files: ReplicaFiles, password: string): string => {
  const { service, monitoring, speed } = files;
  const image = isOwnService(service) ? service.image : null;
  const { services } = parseDocument(readFileSync(composeFile, 'utf8'), { merge: true }).toJS() as {
    services: Readonly<Record<string, object>>;
  };
  const configured = (name: string) => ({ configs: [{ source: name, target: `/etc/${name}/${name}.yml` }] });
  // A look every two seconds into each container would be half a core; the run asks the servers themselves. What is taken
  // down before it is up has nothing to say goodbye for.
  const each = { healthcheck: { disable: true }, stop_grace_period: '1s' } as const;
  const document = new Document({
    services: {
      ...Object.fromEntries(Object.keys(services).map((name) => [name, each])),
      alertmanager: { ...each, ...configured('alertmanager') },
      prometheus: {
        ...each,
        ...configured('prometheus'),
        command: [
          '--config.file=/etc/prometheus/prometheus.yml',
          '--storage.tsdb.path=/prometheus',
          '--web.enable-lifecycle',
          `--query.lookback-delta=${formatDuration(ms(minutes(5) / speed))}`,
        ],
      },
      ...(asksLoad(files) ? { load: loadWindow } : {}),
    },
    configs: {
      ...(isOwnService(service) ? {} : { 'shop-settings': { content: literal(shopSettingsOf(service, password)) } }),
      prometheus: { content: literal(image === null ? monitoring.prometheus : finding(image, monitoring.prometheus)) },
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

/** The load generator is on this machine, where Prometheus cannot reach it. */
const loadWindow = {
  image: 'gameday-shop',
  pull_policy: 'never',
  init: true,
  command: ['node', 'dist/environments/containers/load-window.js'],
  ports: ['${REPLICA_ADDRESS}:${LOAD_PORT}:8080'],
};

/** As for any original Alertmanager: what would go to chat or mail is told to the pager instead (`pager-relay.ts`). */
const callingNobody = (alertmanager: string): string =>
  configForOriginal('/etc/alertmanager/alertmanager.yml', alertmanager, {}, `http://pager:9095${notSentPath}`);

/** Compose reads `$` as the beginning of a variable. */
export const literal = (text: string): string => text.replaceAll('$', '$$$$');
