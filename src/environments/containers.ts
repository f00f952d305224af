/**
 * The replica of `docker-compose.yml`: the same roles, tables, shop and monitoring files as in the embedded environment,
 * with the real Toxiproxy, Prometheus and Alertmanager. All of it is one Compose project that carries the name of the run.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServiceSettings } from '../documents/experiment.ts';
import type { WouldSend } from '../embedded/alertmanager/would-send.ts';
import { keepSamples } from '../embedded/prometheus/original-samples.ts';
import { GamedayError } from '../errors.ts';
import { asOperator } from '../faults/operator.ts';
import type { Intention } from '../safety/undo-log.ts';
import { seconds } from '../units.ts';
import { answers, untilItWorks, type Waiting } from './answering.ts';
import { containersLogs } from './containers-logs.ts';
import {
  composeProject,
  connectionString,
  containersCapabilities,
  shopInstances,
  type Published,
} from './containers-replica.ts';
import { dockerHost, explained, intendRemoval, loadRules, startProject, startProxyAgain } from './containers-start.ts';
import { watchContainers } from './containers-watch.ts';
import { docker, DockerFailed, findEngine } from './docker.ts';
import { dockerProblem } from './docker-problem.ts';
import type { Environment, RestartTarget } from './environment.ts';
import { openPagerRelay } from './pager-relay.ts';
import { replicaRoles, type ReplicaRole } from './replica-roles.ts';

export type OpenContainers = {
  /** Empty, private, and named after the run: so is everything in Docker. */
  readonly folder: string;
  /** Writes down that the containers are to be removed, before the first one exists. @returns The record's id. */
  readonly intend: (entry: Pick<Intention, 'what' | 'byHand' | 'record'>) => string;
  readonly service: ServiceSettings;
  /** Monitoring files as they are to be run, the rules by name. */
  readonly monitoring: {
    readonly prometheus: string;
    readonly alertmanager: string;
    readonly rules: Readonly<Record<string, string>>;
  };
  readonly speed: number;
  /** `host:port` of the run's own receiver of notifications. */
  readonly pager: string;
  /** Logs of every container, and the scraped samples. */
  readonly evidenceFolder: string;
  readonly signal: AbortSignal;
  /** A notification that is not delivered: to Slack, by mail … */
  readonly onWouldSend?: (notification: WouldSend) => void;
  /** A container, or Docker itself, ended on its own. */
  readonly onLost: (reason: string) => void;
};

const proxyName = 'postgres';
const settingsFile = '/etc/shop/settings.json';

const comesUpWithin = seconds(60);
const restartsWithin = seconds(20);
const samplesWithin = seconds(8);

/** @throws {GamedayError} ENVIRONMENT_FAILED with the next step; what had come up is removed by its undo record. */
export const openContainers = async (options: OpenContainers): Promise<Environment> => {
  const { folder, evidenceFolder, monitoring, signal, onLost } = options;
  const engine = await findEngine(signal);
  const host = await dockerHost(engine);
  const undoId = await intendRemoval(folder, options.intend);
  const project = await composeProject(options, host);
  const { password, addressOf } = project;
  const containerOf = (service: string): string => `${project.name}-${service}-1`;
  const urlOf = (what: Published): string => `http://${addressOf(what)}`;

  const scope = new AsyncDisposableStack();
  const logs = containersLogs(project.name);
  const failing = new AbortController();
  /** Ends the opening; later acts are not bound to it, because what undoes a fault comes after an abort. */
  const opening = AbortSignal.any([signal, failing.signal]);
  let isUp = false;
  const watch = watchContainers(project.name, (what, service) => {
    const tell = async (): Promise<void> => {
      const words = service === undefined ? '' : await logs.lastWords(service);
      if (isUp) onLost(words === '' ? what : `${what}; its log ends: ${words}`);
      else failing.abort(whyNotUp(what, words));
    };
    void tell();
  });
  scope.defer(watch.close);
  const startedMs = Date.now();
  scope.defer(() => logs.keep(evidenceFolder));

  const up = (what: string): Waiting => ({ what, withinMs: comesUpWithin, signal: opening });
  const proxyAnswers = (waiting: Waiting): Promise<void> =>
    answers(waiting, `${urlOf('toxiproxy')}/proxies`, (body) => body.includes(proxyName));
  const bringUp = async (): Promise<{ operatorUrl: string; version: string }> => {
    await startProject(project, engine, opening);
    const operatorUrl = connectionString('postgres', password, addressOf('postgres'));
    const relay = async (): Promise<void> => {
      const { onWouldSend = () => {} } = options;
      const ends = { from: urlOf('pager'), to: `http://${options.pager}`, onWouldSend };
      scope.use(await untilItWorks(up('the pager'), () => openPagerRelay(ends)));
    };
    const coming = [
      relay(),
      proxyAnswers(up('toxiproxy')),
      answers(up('alertmanager'), `${urlOf('alertmanager')}/-/ready`),
      ...shopInstances.map((instance) => answers(up(instance), `${urlOf(instance)}/healthz`)),
      loadRules({
        ...{ url: urlOf('prometheus'), container: containerOf('prometheus'), folder },
        ...{ rules: monitoring.rules, signal: opening },
      }),
    ];
    // All of them, also when one fails: nothing may come up after the failure was cleaned away.
    await Promise.allSettled(coming);
    await Promise.all(coming);
    return { operatorUrl, version: await versionAt(operatorUrl, up('postgres')) };
  };

  try {
    const { operatorUrl, version } = await bringUp();
    isUp = true;
    const restart = (target: RestartTarget): Promise<void> =>
      watch.excuse(target === 'postgres' ? ['postgres'] : shopInstances, async () => {
        for (const service of target === 'postgres' ? (['postgres'] as const) : shopInstances) {
          await explained(docker(['restart', '--time', '5', containerOf(service)], { withinMs: restartsWithin }));
          const back = { what: service, withinMs: restartsWithin };
          if (service === 'postgres') await versionAt(operatorUrl, back);
          else await answers(back, `${urlOf(service)}/healthz`);
        }
      });
    return {
      kind: 'containers',
      capabilities: containersCapabilities,
      undoId,
      postgres: {
        version,
        operatorUrl,
        serviceRole: 'shop',
        neighbourRole: 'reporting',
        onCallRole: 'oncall_dba',
        connectionString: (role, via) => {
          if (isReplicaRole(role))
            return connectionString(role, password, addressOf(via === 'service' ? 'proxied' : 'postgres'));
          throw new GamedayError('DOCUMENT_INVALID', {
            message: `no role "${role}" can log in to this environment`,
            hint: `use one of ${replicaRoles.join(', ')}`,
          });
        },
      },
      toxiproxy: { url: urlOf('toxiproxy'), proxy: proxyName },
      prometheusUrl: urlOf('prometheus'),
      alertmanagerUrl: urlOf('alertmanager'),
      service: {
        urls: shopInstances.map(urlOf),
        readConfiguration: async () => {
          const copy = join(folder, 'settings.json');
          await explained(docker(['cp', `${containerOf(shopInstances[0])}:${settingsFile}`, copy]));
          return readFile(copy, 'utf8');
        },
        writeConfiguration: async (text) => {
          const copy = join(folder, 'settings.json');
          await writeFile(copy, text, { mode: 0o644 }); // the shop has an account of its own; the folder is private
          for (const instance of shopInstances)
            await explained(docker(['cp', copy, `${containerOf(instance)}:${settingsFile}`]));
        },
      },
      logTail: logs.tail,
      restart: inTurn(restart),
      replaceProxy: () =>
        watch.excuse(['toxiproxy'], async () => {
          await explained(docker(['rm', '--force', containerOf('toxiproxy')], { withinMs: restartsWithin }));
          await startProxyAgain(project);
          await proxyAnswers({ what: 'toxiproxy', withinMs: restartsWithin });
        }),
      [Symbol.asyncDispose]: async () => {
        const samples = join(evidenceFolder, 'samples.jsonl');
        const bound = AbortSignal.timeout(samplesWithin);
        // A run is judged by its journal; without its samples it only cannot be tried with other rules later.
        await keepSamples(urlOf('prometheus'), samples, startedMs, Date.now(), bound).catch(() => {});
        await scope.disposeAsync();
      },
    };
  } catch (error) {
    await scope.disposeAsync();
    throw error;
  }
};

const whyNotUp = (what: string, words: string): GamedayError => {
  if (words.includes('exec format error')) return dockerProblem(new DockerFailed(['run'], words));
  const hint = words === '' ? 'gameday doctor looks at Docker' : `its log ends: ${words}`;
  return new GamedayError('ENVIRONMENT_FAILED', { message: what, hint });
};

const versionAt = (operatorUrl: string, waiting: Waiting): Promise<string> =>
  untilItWorks(waiting, () =>
    asOperator(operatorUrl, async (client) => {
      const { rows } = await client.query<{ version: string }>("select current_setting('server_version') as version");
      return rows[0]?.version.split(' ')[0] ?? '';
    }),
  );

const isReplicaRole = (role: string): role is ReplicaRole => (replicaRoles as readonly string[]).includes(role);

/** One act at a time, also after one that failed. */
const inTurn = <Given>(act: (given: Given) => Promise<void>): ((given: Given) => Promise<void>) => {
  let last: Promise<void> = Promise.resolve();
  return (given) => (last = last.catch(() => {}).then(() => act(given)));
};
