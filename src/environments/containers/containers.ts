/**
 * The replica of `docker-compose.yml`: the same roles, tables, shop and monitoring files as in the embedded environment,
 * with the real Toxiproxy, Prometheus and Alertmanager. All of it is one Compose project that carries the name of the run.
 */
import { join } from 'node:path';
import { setTimeout as sleepFor } from 'node:timers/promises';
import type { ServiceSettings } from '../../documents/experiment.ts';
import { isOwnService, type OwnService } from '../../documents/service-settings.ts';
import type { WouldSend } from '../../embedded/alertmanager/would-send.ts';
import { keepSamples } from '../../embedded/prometheus/original-samples.ts';
import { GamedayError } from '../../errors.ts';
import { asOperator } from '../../faults/operator.ts';
import type { Intention, UndoLog } from '../../safety/undo-log.ts';
import { seconds } from '../../units.ts';
import { answers, untilItWorks, type Waiting } from '../answering.ts';
import { missingImages } from './images.ts';
import { containersLogs } from './logs.ts';
import { containersOwnService } from './own-service.ts';
import { seenHere } from './processes.ts';
import { composeProject, connectionString, containersCapabilities, type Published } from './replica.ts';
import type { ContainersHome, ContainersService } from './service.ts';
import { containersShop } from './shop.ts';
import { dockerHost, explained, intendRemoval, loadRules, startProject, startServices } from './start.ts';
import { watchContainers } from './watch.ts';
import { docker, DockerFailed, findEngine, type Engine } from './docker.ts';
import { dockerProblem, naming } from './docker-problem.ts';
import type { Environment, RestartTarget } from '../environment.ts';
import { openLoadRelay } from './load-relay.ts';
import { openPagerRelay } from './pager-relay.ts';
import { otherRoles } from '../replica-roles.ts';

export type OpenContainers = {
  /** Empty, private, and named after the run: so is everything in Docker. */
  readonly folder: string;
  /** Writes down that the containers are to be removed, before the first one exists. @returns The record's id. */
  readonly intend: (entry: Pick<Intention, 'what' | 'byHand' | 'record'>) => string;
  /** Adds to that record what is known only when they are up. */
  readonly complete: UndoLog['complete'];
  readonly service: ServiceSettings | OwnService;
  /** The project's folder, where a service of its own has its files. */
  readonly project: string;
  /** Monitoring files as they are to be run, the rules by name. */
  readonly monitoring: {
    readonly prometheus: string;
    readonly alertmanager: string;
    readonly rules: Readonly<Record<string, string>>;
  };
  readonly speed: number;
  /** `host:port` of the run's own receiver of notifications. */
  readonly pager: string;
  /** and of the load generator's metrics, as soon as it is up. */
  readonly load: Promise<string>;
  /** Logs of every container, and the scraped samples. */
  readonly evidenceFolder: string;
  readonly signal: AbortSignal;
  /** A notification that is not delivered: to Slack, by mail … */
  readonly onWouldSend?: (notification: WouldSend) => void;
  /** A container, or Docker itself, ended on its own. */
  readonly onLost: (reason: string) => void;
};

const proxyName = 'postgres';

/** What a start that found a port taken had brought up. On a busy machine Compose takes a while for it. */
const takenDownWithin = seconds(30);
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
  const { password, addressOf, containerOf } = project;
  const urlOf = (what: Published): string => `http://${addressOf(what)}`;

  const scope = new AsyncDisposableStack();
  const logs = containersLogs(project.name);
  const failing = new AbortController();
  /** Ends the opening; later acts are not bound to it, because what undoes a fault comes after an abort. */
  const opening = AbortSignal.any([signal, failing.signal]);
  let isUp = false;
  /** What ends in an attempt that is made again has not failed. */
  let attempt = Promise.withResolvers<'made' | 'made again'>();
  const watch = watchContainers(project.name, (what, service) => {
    const tell = async (): Promise<void> => {
      const made = attempt.promise;
      const words = service === undefined ? '' : await logs.lastWords(service);
      // A Docker that is stopped closes its door first, and then takes its containers with it.
      if (words === undefined) return onLost(`Docker does not answer any more, and ${what}`);
      if (isUp) return onLost(words === '' ? what : `${what}; its log ends: ${words}`);
      if ((await Promise.race([made, sleepFor(takenDownWithin, 'late')])) === 'made again') return;
      failing.abort(await whyNotUp(what, words, engine));
    };
    void tell();
  });
  scope.defer(watch.close);
  const startedMs = Date.now();
  scope.defer(() => logs.keep(evidenceFolder));

  const home: ContainersHome = {
    ...{ project, folder, evidenceFolder, logs, excuse: watch.excuse, onLost },
    opening: () => (isUp ? undefined : opening),
    keep: (child) => scope.defer(child.stop),
  };
  const service: ContainersService = isOwnService(options.service)
    ? containersOwnService(options.service, options.project, home)
    : containersShop(home);
  const roles = [service.name, ...otherRoles];
  options.load.catch(() => {}); // whoever started it is told

  const up = (what: string): Waiting => ({ what, withinMs: comesUpWithin, signal: opening });
  const proxyAnswers = (waiting: Waiting): Promise<void> =>
    answers(waiting, `${urlOf('toxiproxy')}/proxies`, (body) => body.includes(proxyName));
  const bringUp = async (): Promise<{ operatorUrl: string; urls: readonly string[]; version: string }> => {
    await startProject(project, await service.prepare(), engine, opening, () => {
      attempt.resolve('made again');
      attempt = Promise.withResolvers();
    });
    attempt.resolve('made');
    const operatorUrl = connectionString('postgres', password, addressOf('postgres'), service.name);
    const relay = async (): Promise<void> => {
      const { onWouldSend = () => {} } = options;
      const ends = { from: urlOf('pager'), to: `http://${options.pager}`, onWouldSend };
      scope.use(await untilItWorks(up('the pager'), () => openPagerRelay(ends)));
    };
    const seen = async (): Promise<void> => {
      const ends = { from: urlOf('load'), to: options.load };
      scope.use(await untilItWorks(up('load'), () => openLoadRelay(ends)));
    };
    const serving = async () => {
      const version = await versionAt(operatorUrl, up('postgres'));
      const urls = await service.start(operatorUrl);
      await loadRules({
        ...{ url: urlOf('prometheus'), container: containerOf('prometheus'), folder },
        ...{ rules: monitoring.rules, signal: opening },
      });
      return { operatorUrl, urls, version };
    };
    const served = serving();
    const coming = [
      relay(),
      ...(project.hasLoad ? [seen()] : []),
      proxyAnswers(up('toxiproxy')),
      answers(up('alertmanager'), `${urlOf('alertmanager')}/-/ready`),
      served,
    ];
    // All of them, also when one fails: nothing may come up after the failure was cleaned away.
    await Promise.allSettled(coming);
    await Promise.all(coming);
    return served;
  };

  /** What runs, so that without Docker, too, it can be seen to have ended. */
  const noteProcesses = async (): Promise<void> => {
    const containers = await seenHere(project.name);
    const record = { kind: 'containers.remove', project: project.name } as const;
    options.complete(undoId, containers === undefined ? record : { ...record, containers });
  };

  try {
    const { operatorUrl, urls, version } = await bringUp();
    await noteProcesses();
    isUp = true;
    const restart = async (target: RestartTarget): Promise<void> => {
      if (target === 'service') {
        await service.restart();
        await noteProcesses(); // some are other ones now
        return;
      }
      await watch.excuse(['postgres'], async () => {
        await explained(docker(['restart', '--time', '5', containerOf('postgres')], { withinMs: restartsWithin }));
        await versionAt(operatorUrl, { what: 'postgres', withinMs: restartsWithin });
      });
    };
    return {
      kind: 'containers',
      capabilities: containersCapabilities(isOwnService(options.service) ? options.service : undefined),
      undoId,
      postgres: {
        version,
        operatorUrl,
        serviceRole: service.name,
        neighbourRole: 'reporting',
        onCallRole: 'oncall_dba',
        connectionString: (role, via) => {
          if (roles.includes(role))
            return connectionString(
              ...([role, password, addressOf(via === 'service' ? 'proxied' : 'postgres'), service.name] as const),
            );
          throw new GamedayError('DOCUMENT_INVALID', {
            message: `no role "${role}" can log in to this environment`,
            hint: `use one of ${roles.join(', ')}`,
          });
        },
      },
      toxiproxy: { url: urlOf('toxiproxy'), proxy: proxyName },
      prometheusUrl: urlOf('prometheus'),
      alertmanagerUrl: urlOf('alertmanager'),
      service: {
        urls,
        readConfiguration: service.readConfiguration,
        writeConfiguration: service.writeConfiguration,
      },
      logTail: (of, bytes) => (of === 'postgres' ? logs.tail(of, bytes) : service.logTail(of, bytes)),
      restart: inTurn(restart),
      replaceProxy: () =>
        watch.excuse(['toxiproxy'], async () => {
          await explained(docker(['rm', '--force', containerOf('toxiproxy')], { withinMs: restartsWithin }));
          await startServices(project, ['toxiproxy']);
          await proxyAnswers({ what: 'toxiproxy', withinMs: restartsWithin });
          await noteProcesses();
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

const whyNotUp = async (what: string, words: string, { architecture }: Engine): Promise<unknown> => {
  if (words.includes('exec format error'))
    return naming(await missingImages(architecture), dockerProblem(new DockerFailed(['run'], words)));
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

/** One act at a time, also after one that failed. */
const inTurn = <Given>(act: (given: Given) => Promise<void>): ((given: Given) => Promise<void>) => {
  let last: Promise<void> = Promise.resolve();
  return (given) => (last = last.catch(() => {}).then(() => act(given)));
};
