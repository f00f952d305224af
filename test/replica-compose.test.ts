/** What docker-compose.yml promises the rest of the repository, checked without Docker. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { replicaSettings } from '../src/environments/replica-settings.ts';
import { parsePromql } from '../src/promql/parse.ts';
import { readShopSettings } from '../src/shop/config.ts';

const root = resolve(import.meta.dirname, '..');
const text = (file: string): string => readFileSync(join(root, file), 'utf8');

type Service = {
  readonly image?: string;
  readonly build?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
};
type Compose = {
  readonly services: Readonly<Record<string, Service>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
};

const compose = parse(text('docker-compose.yml'), { merge: true }) as Compose;
const services = Object.entries(compose.services);

/** What a file of Compose means when none of its variables is set. */
const withDefaults = (written: string): string => written.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');

/** `host:port` of everything that a monitoring file talks to. */
const addressesIn = (monitoring: string): readonly string[] => [
  ...new Set([...monitoring.matchAll(/'([\w-]+:\d+)'|http:\/\/([\w-]+:\d+)/g)].map(([, a, b]) => a ?? b ?? '')),
];
const nobodys = (addresses: readonly string[]): readonly string[] =>
  addresses.filter((address) => compose.services[address.split(':')[0] ?? ''] === undefined);

test('everything the monitoring talks to is a service of the replica', () => {
  const addresses = ['prometheus.yml', 'alertmanager.yml'].flatMap((file) => addressesIn(text(`monitoring/${file}`)));
  expect(addresses.toSorted()).toEqual([
    'alertmanager:9093',
    'pager:9095',
    'postgres-exporter:9187',
    'shop-1:8080',
    'shop-2:8080',
  ]);
  expect(nobodys(addresses)).toEqual([]);
  expect(nobodys(addressesIn("targets: ['shop-1:8080', 'shop-3:8080']"))).toEqual(['shop-3:8080']);
});

const isPinned = (image: string): boolean => /^[\w./-]+:v?\d[\w.-]*$/.test(image);

test('every image is built here or named with a version', () => {
  const built = services.flatMap(([, { image, build }]) => (build === undefined ? [] : [image]));
  const images = services.flatMap(([, { image = '' }]) => (built.includes(image) ? [] : [image]));
  expect(built).toEqual(['gameday-shop']);
  expect(images.length).toBeGreaterThan(0);
  expect(images.filter((image) => !isPinned(image))).toEqual([]);
  expect(/^FROM (.*)$/m.exec(text('Dockerfile'))?.[1]).toSatisfy(isPinned);
  expect(['postgres', 'postgres:latest', 'postgres:17'].filter((image) => !isPinned(image))).toEqual([
    'postgres',
    'postgres:latest',
  ]);
});

const isLoopbackOnAnyPort = (port: string): boolean => /^127\.0\.0\.1::\d+$/.test(withDefaults(port));

test('ports are published on loopback only, at a free one unless a variable asks otherwise', () => {
  const ports = services.flatMap(([, service]) => service.ports ?? []);
  expect(ports.filter((port) => !isLoopbackOnAnyPort(port))).toEqual([]);
  expect(ports.filter((port) => !port.includes('_PORT:-}'))).toEqual([]);
  expect(['9090:9090', '127.0.0.1:9090:9090', '${X_PORT:-}:9090'].filter(isLoopbackOnAnyPort)).toEqual([]);
});

test('the settings of the shop are ones that the shop accepts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'settings.json');
  const accepted = (content: string): unknown => {
    writeFileSync(file, content);
    return readShopSettings(file);
  };
  const content = withDefaults(compose.configs['shop-settings']?.content ?? '');
  expect(accepted(content)).toMatchObject({ databaseUrl: 'postgresql://shop:replica@toxiproxy:5432/shop' });
  expect(() => accepted(content.replace('acquireTimeoutMs', 'acquireTimeout'))).toThrow('acquireTimeoutMs');
});

test.each(['shop-1', 'shop-2'])('%s is told its own name and listens where the monitoring looks', (instance) => {
  expect(JSON.parse(compose.configs[instance]?.content ?? '')).toMatchObject({
    instance,
    listen: { host: '0.0.0.0', port: 8080 },
  });
});

test('every panel of the dashboard asks Prometheus, by queries that can be read', () => {
  type Panel = {
    readonly datasource: { readonly uid: string };
    readonly targets: readonly { readonly expr: string }[];
  };
  const { panels } = JSON.parse(text('monitoring/grafana/dashboards/replica.json')) as { panels: readonly Panel[] };
  const { datasources } = parse(text('monitoring/grafana/provisioning/datasources/prometheus.yml')) as {
    datasources: readonly { uid: string; url: string }[];
  };
  expect(new Set(panels.map(({ datasource }) => datasource.uid))).toEqual(new Set([datasources[0]?.uid]));
  expect(nobodys([new URL(datasources[0]?.url ?? '').host])).toEqual([]);
  const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  expect(queries.length).toBeGreaterThan(5);
  expect(queries.filter((query) => !parsePromql(query).ok)).toEqual([]);
  expect(parsePromql('sum(shop_pool_waiting').ok).toBe(false);
});

test('Grafana finds its data source, its dashboards and the first page where the file puts them', () => {
  const { volumes = [], ports = [], environment = {} } = compose.services['grafana'] ?? {};
  const mounted = new Map(volumes.map((volume) => volume.split(':').slice(0, 2).toReversed() as [string, string]));
  /** Where a path inside comes from; undefined where nothing is mounted. */
  const outside = (inside: string): string | undefined => {
    const [at] = [...mounted].filter(([target]) => `${inside}/`.startsWith(`${target}/`));
    return at === undefined ? undefined : join(root, at[1], inside.slice(at[0].length));
  };
  const exists = (inside: string): boolean => existsSync(outside(inside) ?? '');
  const provided = parse(text('monitoring/grafana/provisioning/dashboards/replica.yml')) as {
    providers: readonly { options: { path: string } }[];
  };
  const pages = [
    ...provided.providers.map(({ options }) => options.path),
    environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? '',
  ];
  expect(pages.map((page) => [page, exists(page)])).toEqual([
    ['/var/lib/grafana/dashboards', true],
    ['/var/lib/grafana/dashboards/replica.json', true],
  ]);
  expect(['datasources', 'dashboards'].map((kind) => exists(`/etc/grafana/provisioning/${kind}`))).toEqual([
    true,
    true,
  ]);
  expect([exists('/var/lib/grafana/dashboards/other.json'), exists('/etc/grafana/grafana.ini')]).toEqual([
    false,
    false,
  ]);
  expect(ports.map(withDefaults)).toEqual(['127.0.0.1::3000']);

  const { datasources } = parse(text('monitoring/grafana/provisioning/datasources/prometheus.yml')) as {
    datasources: readonly { url: string }[];
  };
  const { hostname, port } = new URL(datasources[0]?.url ?? '');
  expect(compose.services[hostname]?.ports?.map((each) => each.split(':').at(-1))).toEqual([port]);
});

/** Packages imported by a program of `src/`, directly or by what it imports; types leave no trace in `dist/`. */
const packagesOf = (program: string): ReadonlySet<string> => {
  const found = new Set<string>();
  const seen = new Set<string>();
  const read = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, what = ''] of text(file).matchAll(
      /^(?:import|export)\s+(?!type\s)(?:[^'";]*?\sfrom\s)?'([^']+)'/gm,
    )) {
      if (what.startsWith('.')) read(join(dirname(file), what));
      else if (!what.startsWith('node:')) addPackage(what.split('/', what.startsWith('@') ? 2 : 1).join('/'), found);
    }
  };
  read(program);
  return found;
};

const addPackage = (name: string, found: Set<string>): void => {
  const file = `node_modules/${name}/package.json`;
  if (found.has(name) || !existsSync(join(root, file))) return;
  found.add(name);
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(text(file)) as Record<string, object | undefined>;
  for (const next of Object.keys({ ...dependencies, ...optionalDependencies })) addPackage(next, found);
};

test('the image holds the packages that its programs need, and no other', () => {
  const letIn = [...text('.dockerignore').matchAll(/^!node_modules\/(.+)$/gm)].map(([, name = '']) => name);
  const shop = packagesOf('src/shop/main.ts');
  expect(letIn.toSorted()).toEqual(
    [...shop.union(packagesOf('src/environments/containers/prepare-database.ts'))].toSorted(),
  );
  expect(shop.has('pg-types')).toBe(true); // needed by pg only
  expect(packagesOf('src/units.ts').size).toBe(0);
});

test('the server of the containers is set like the embedded one', () => {
  const content = compose.configs['postgres-settings']?.content ?? '';
  const settings = Object.fromEntries(
    [...content.matchAll(/^(\w+) = '?(.*?)'?$/gm)].map(([, name, value]) => [name, value]),
  );
  expect(settings).toMatchObject(replicaSettings);
});
