/**
 * A team's own image as the service of a replica in containers: one container named `service`, told where the replica's
 * database is, on the same terms as a command on this machine (`own-service/`). What it changes of its configuration, it
 * changes in the container; commands that fill its database run in containers of the same image.
 */
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { commandWords, type CommandLine, type OwnService } from '../../documents/service-settings.ts';
import type { GamedayError } from '../../errors.ts';
import { asOperator } from '../../faults/operator.ts';
import { seconds } from '../../units.ts';
import { endOfContainer } from './end.ts';
import { ownComposeText, setupName } from './own-compose.ts';
import { connectionString, ownServicePort } from './replica.ts';
import type { ContainersHome, ContainersService } from './service.ts';
import { explained, startServices } from './start.ts';
import { docker, DockerFailed } from './docker.ts';
import { mergedTexts } from '../log-tail.ts';
import { commandWithin, fillOwnDatabase } from '../own-service/own-service.ts';
import { healthyAt, whyUnfit } from '../own-service/answers.ts';
import { serviceConfiguration } from '../own-service/configuration.ts';
import { logEndWords, serviceFailure } from '../own-service/failure.ts';
import { runSql } from '../own-service/sql.ts';
import { serviceValues } from '../own-service/values.ts';
import { otherRoles, rolesSql } from '../replica-roles.ts';
import { sessionsIn } from '../own-service/sessions.ts';
import { endedWell, endedWithin, startTeamCommand } from '../own-service/team-command.ts';

const name = 'service';
const restartsWithin = seconds(20);
/** Where the copy of its configuration file is, in the container. */
const configFolder = '/etc/gameday';

/** @param root The team's project's folder. */
export const containersOwnService = (settings: OwnService, root: string, home: ContainersHome): ContainersService => {
  const { image, configure, database, health, traffic } = settings;
  if (image === null) throw new Error('the plan puts a service that is only a command into the containers');
  const { project, folder, evidenceFolder, logs, opening, excuse, onLost, keep } = home;
  const { password, addressOf, containerOf } = project;
  const cwd = resolve(root, settings.folder);
  const container = containerOf(name);
  const port = ownServicePort(image);
  const ofFile = configure !== null && 'file' in configure ? basename(configure.file) : undefined;
  const configuration = serviceConfiguration(settings, cwd, folder);
  /** Asked for when they are needed: a start may have drawn other ports. */
  const published = () => new URL(`http://${addressOf(name)}`);

  const configFile = ofFile === undefined ? '' : `${configFolder}/${ofFile}`;
  const accessAt = (address: string) => {
    const { hostname: host, port: on } = new URL(`http://${address}`);
    const login = { user: database.name, password };
    return { ...login, url: connectionString(login.user, password, address, login.user), host, port: Number(on) };
  };
  const inside = serviceValues(settings, {
    ...{ access: accessAt('toxiproxy:5432'), port: String(port), serviceUrl: `http://${name}:${port}`, configFile },
  });
  const logFile = (of: string): string => join(evidenceFolder, `${of}.log`);
  /** What earlier containers wrote, which are gone. */
  let earlier = '';
  const failed = async (message: string, service: string, hint?: string): Promise<GamedayError> => {
    const text = await logs.inOrder(service, '--tail', '40');
    const file = logFile(service);
    if (!text.includes('exec format error')) return serviceFailure(message, { text, file }, hint);
    const asked = `docker image inspect --format '{{.Architecture}}' ${image.name} tells which it is made for`;
    return serviceFailure(`${image.name} is not made for the architecture of this Docker`, { text, file }, asked);
  };

  const writeCompose = async (): Promise<void> => {
    const variables = inside.variables(await configuration.variables());
    const file = ofFile === undefined ? null : { path: configFile, text: await configuration.read() };
    const text = ownComposeText({ settings, image, port, values: inside, variables, file });
    await writeFile(project.ownFile, text, { mode: 0o600 });
  };
  const setUp = async (operatorUrl: string): Promise<void> => {
    for (const [index, step] of database.setup.entries()) {
      if ('sql' in step) {
        await runSql(join(cwd, step.sql), { operatorUrl, role: database.name, within: commandWithin });
        continue;
      }
      const service = setupName(index);
      await startServices(project, [service], { signal: opening() });
      await using ending = endOfContainer(containerOf(service));
      const how = await endedWithin(ending.ended, commandWithin, opening());
      await writeFile(logFile(service), await logs.inOrder(service));
      opening()?.throwIfAborted();
      if (how !== endedWell) throw await failed(`${service} (${commandWords(step.command)}) ${how}`, service);
    }
  };
  const untilHealthy = async (subject: string): Promise<void> => {
    await using ending = endOfContainer(container);
    const { hostname: host, port: at } = published();
    const found = await healthyAt(
      ...([{ host, port: Number(at), ownPort: port, published: true }, health, ending.how, opening()] as const),
    );
    if ('address' in found) return;
    opening()?.throwIfAborted();
    const hint = found.why.endsWith('nothing listens')
      ? `in a container it has to listen at all addresses (0.0.0.0), not only at localhost`
      : undefined;
    throw await failed(`${subject} ${found.why}`, name, hint);
  };
  /** It runs on this machine, where the team has its tools. */
  const startLoad = async (): Promise<void> => {
    if (traffic.command === null) return;
    const file = logFile('load');
    const { origin: serviceUrl, port: at } = published();
    const outside = serviceValues(settings, {
      ...{ access: accessAt(addressOf('proxied')), port: at, serviceUrl, configFile: configuration.file },
    });
    const words = commandWords(traffic.command);
    const load = startTeamCommand({
      ...{ command: outside.words(traffic.command), cwd, folder, logFile: file, pidFile: join(folder, 'load.pid') },
      env: outside.variables({}),
    });
    keep(load);
    load.needed(
      (how) =>
        void readFile(file, 'utf8').then((text) =>
          onLost(`the load (${words}) ${how}; ${logEndWords({ text, file })}`),
        ),
    );
  };

  const restartBy = async (command: CommandLine): Promise<void> => {
    const words = inside.words(command);
    const line = typeof words === 'string' ? ['/bin/sh', '-c', words] : words;
    const changed = await configuration.variables();
    const all = { ...inside.variables(changed), GAMEDAY_SERVICE_PID: '1' };
    const told = [...Object.keys(changed), 'GAMEDAY_SERVICE_PID'] as (keyof typeof all)[];
    const env = told.flatMap((each) => ['--env', `${each}=${all[each]}`]);
    try {
      await docker(['exec', ...env, container, ...line], { withinMs: commandWithin });
    } catch (error) {
      if (!(error instanceof DockerFailed)) throw error;
      throw await failed(`restart (${commandWords(command)}) failed: ${error.said}`, name);
    }
  };
  /** Variables are those of a new container. */
  const replace = async (): Promise<void> => {
    earlier += await logs.inOrder(name);
    await writeFile(logFile(`${name}-before`), earlier);
    await writeCompose();
    await startServices(project, [name], { isAnew: true });
  };

  return {
    name: database.name,
    prepare: async () => {
      await configuration.prepare();
      await writeCompose();
      return ['postgres', 'toxiproxy', 'alertmanager', 'pager', ...(project.hasLoad ? ['load'] : [])];
    },
    start: async (operatorUrl) => {
      const passwords = Object.fromEntries([database.name, ...otherRoles].map((role) => [role, password]));
      await asOperator(operatorUrl, (client) => client.query(rolesSql(passwords)));
      await fillOwnDatabase(operatorUrl, database.name);
      await setUp(operatorUrl);
      const before = await sessionsIn(operatorUrl, database.name);
      await excuse([name], async () => {
        // Prometheus takes 5 s to find its targets: it may as well begin.
        await startServices(project, [name, 'postgres-exporter', 'prometheus'], { signal: opening() });
        await untilHealthy(`the service (${image.name})`);
      });
      const url = published().origin;
      const unfit = await whyUnfit(url, settings, before, opening());
      if (unfit !== undefined) throw await failed(unfit.why, name, unfit.hint);
      await startLoad();
      return [url];
    },
    restart: () =>
      excuse([name], async () => {
        if (settings.restart !== null) await restartBy(settings.restart);
        else if (configure !== null && 'env' in configure) await replace();
        else await explained(docker(['restart', '--time', '5', container], { withinMs: restartsWithin }));
        await untilHealthy('after its restart the service');
      }),
    readConfiguration: async () => {
      if (ofFile !== undefined) await explained(docker(['cp', `${container}:${configFile}`, configuration.file]));
      return configuration.read();
    },
    writeConfiguration: async (text) => {
      await configuration.write(text);
      if (ofFile === undefined) return;
      await chmod(configuration.file, 0o644); // the image may have an account of its own; the folder is private
      await explained(docker(['cp', configuration.file, `${container}:${configFile}`]));
    },
    logTail: async (of, bytes) => {
      if (of === 'access') return '';
      return mergedTexts([earlier + (await logs.inOrder(name, '--tail', '5000'))], bytes, () => undefined);
    },
  };
};
