/**
 * A team's own service, as gameday.yaml describes it, as the service of an environment: one process on a free port, told
 * where the replica's database is. Before anything is broken it has answered each of its routes and has a session in the
 * replica, so that a wrong route or a service that talks to another database is said at once, and as that.
 */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Capability } from '../documents/experiment.ts';
import { filled, type Placeholders } from '../documents/service-placeholders.ts';
import { commandWords, type CommandLine, type OwnService, type Variables } from '../documents/service-settings.ts';
import { freePort } from '../embedded/free-port.ts';
import { GamedayError, reasonOf } from '../errors.ts';
import { asOperator, quoteIdentifier } from '../faults/operator.ts';
import { minutes, type Ms } from '../units.ts';
import { logTail } from './log-tail.ts';
import { answersMetrics, answersRoutes, healthyAt } from './own-service-answers.ts';
import { runSql } from './own-service-sql.ts';
import type { DatabaseAccess, ReplicaService, RunningService, ServiceHome } from './service.ts';
import { sessionsIn } from './service-sessions.ts';
import { endedWell, startTeamCommand, type RunningCommand } from './team-command.ts';

/** For a command that fills a database or restarts a service. */
const commandWithin = minutes(2);

export const ownServiceCapabilities = ({ configure }: OwnService): readonly Capability[] => [
  'restart-service',
  ...(configure === null ? [] : (['configure-service'] as const)),
];

/** @param project The project's folder. */
export const ownService = (settings: OwnService, project: string, home: ServiceHome): ReplicaService => {
  const { database, configure, health, traffic } = settings;
  const { folder, log, opening, onLost } = home;
  const cwd = resolve(project, settings.folder);
  const pidFile = join(folder, 'service.pid');
  const variablesFile = join(folder, 'service-variables.json');
  const configFile = join(folder, 'service', configure !== null && 'file' in configure ? basename(configure.file) : '');

  const start = async (
    access: DatabaseAccess,
    filling: Promise<{ readonly operatorUrl: string }>,
  ): Promise<RunningService> => {
    const port = await freePort();
    const values: Placeholders = {
      ...{ databaseUrl: access.url, databaseHost: access.host, databasePort: String(access.port) },
      ...{ databaseUser: access.user, databasePassword: access.password, databaseName: access.user },
      ...{ port: String(port), serviceUrl: `http://localhost:${port}`, configFile },
    };
    const fill = (text: string): string => filledOrRefused(text, values);
    const words = (command: CommandLine): CommandLine =>
      typeof command === 'string' ? fill(command) : (command.map(fill) as [string, ...string[]]);
    const variables = async (): Promise<Record<string, string>> => {
      const changed = configure !== null && 'env' in configure ? await readFile(variablesFile, 'utf8') : '{}';
      const all: Variables = { ...settings.env, ...(JSON.parse(changed) as Variables) };
      return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, fill(String(value))]));
    };
    const launch = async (name: string, command: CommandLine, more: Readonly<Record<string, string>> = {}) =>
      startTeamCommand({
        ...{ command: words(command), cwd, folder, logFile: log(name) },
        pidFile: name === 'service' ? pidFile : join(folder, `${name}.pid`),
        env: { ...(await variables()), ...more },
      });
    /** Runs to its end. */
    const carryOut = async (
      name: string,
      command: CommandLine,
      more?: Readonly<Record<string, string>>,
    ): Promise<void> => {
      const running = await launch(name, command, more);
      home.keep(running);
      const late = `is not done after ${commandWithin / 1_000} s`;
      const how = await Promise.race([running.exited, after(commandWithin, late), abortOf(opening())]);
      await running.stop();
      home.letGo(running);
      opening()?.throwIfAborted();
      if (how !== endedWell) throw await failed(`${name} (${commandWords(command)}) ${how}`, log(name));
    };

    let service: RunningCommand | undefined;
    /** @returns Its address, once it is healthy. */
    const startService = async (): Promise<string> => {
      const started = await launch('service', settings.command);
      service = started;
      home.keep(started);
      let gone: string | undefined;
      void started.exited.then((how) => (gone = how));
      const found = await healthyAt(port, health, () => gone, opening());
      if ('address' in found) {
        started.needed((how) => void endOf(log('service')).then((end) => onLost(`the service ${how}; ${end}`)));
        return found.address;
      }
      service = undefined;
      await started.stop();
      home.letGo(started);
      opening()?.throwIfAborted();
      throw await failed(`the service (${commandWords(settings.command)}) ${found.why}`, log('service'));
    };
    const stopService = async (): Promise<void> => {
      const stopping = service;
      service = undefined;
      if (stopping === undefined) return;
      await stopping.stop();
      home.letGo(stopping);
    };

    const { operatorUrl } = await filling;
    await prepareConfiguration();
    for (const [index, step] of database.setup.entries())
      if ('command' in step) await carryOut(`setup-${index + 1}`, step.command);
      else await runSql(join(cwd, step.sql), { operatorUrl, role: database.name, within: commandWithin });
    const before = await sessionsIn(operatorUrl, database.name);
    const address = await startService();
    const url = `http://${address}`;
    const within = health.withinMs;
    if (settings.metrics !== null)
      await orFailed(answersMetrics(`${url}${settings.metrics}`, within, opening()), log('service'));
    await orFailed(answersRoutes(url, traffic.routes, within, opening()), log('service'));
    if (!(await before.more()))
      throw await failed(
        `the service answers, but it has opened no session in the replica's database "${database.name}"`,
        log('service'),
        'hand it ${gameday.databaseUrl} under the name that it reads; whatever it talks to now is not the replica',
      );
    const { command } = traffic;
    if (command !== null) {
      const load = await launch('load', command);
      home.keep(load);
      load.needed(
        (how) => void endOf(log('load')).then((end) => onLost(`the load (${commandWords(command)}) ${how}; ${end}`)),
      );
    }
    return {
      urls: [url],
      hosts: { 'service:8080': address },
      readConfiguration: () => (configure === null ? noConfiguration() : readFile(configurationFile, 'utf8')),
      writeConfiguration: (text) =>
        configure === null ? noConfiguration() : writeFile(configurationFile, text, { mode: 0o600 }),
      restart: async () => {
        if (settings.restart === null || service === undefined) {
          await stopService();
          await startService();
          return;
        }
        const pid = (await readFile(pidFile, 'utf8')).trim();
        await carryOut('restart', settings.restart, { GAMEDAY_SERVICE_PID: pid });
        const found = await healthyAt(port, health, () => undefined, undefined);
        if ('why' in found) throw await failed(`after its restart the service ${found.why}`, log('service'));
      },
      logTail: async (of, bytes) => (of === 'shop' ? logTail(log('service'), bytes) : ''),
    };
  };

  const configurationFile = configure !== null && 'env' in configure ? variablesFile : configFile;
  /** What may be changed is a copy: nothing in the project is ever written. */
  const prepareConfiguration = async (): Promise<void> => {
    if (configure === null) return;
    if ('env' in configure) {
      const changeable = Object.fromEntries(configure.env.map((name) => [name, settings.env[name]]));
      return writeFile(variablesFile, `${JSON.stringify(changeable, null, 2)}\n`, { mode: 0o600 });
    }
    await mkdir(join(folder, 'service'), { mode: 0o700, recursive: true });
    try {
      await copyFile(resolve(cwd, configure.file), configFile);
    } catch (cause) {
      const message = `service.configure.file ${configure.file} cannot be copied: ${reasonOf(cause)}`;
      throw new GamedayError('DOCUMENT_INVALID', { message, at: settings.at, hint: 'correct its path' }, { cause });
    }
  };

  return {
    name: database.name,
    capabilities: ownServiceCapabilities(settings),
    // Its own migrations may run at its start, so everything in there is its own.
    fill: (operatorUrl) =>
      asOperator(operatorUrl, async (client) => {
        const role = quoteIdentifier(database.name);
        await client.query(`alter database ${role} owner to ${role}; alter schema public owner to ${role}`);
      }),
    start,
  };
};

const noConfiguration = (): Promise<never> =>
  Promise.reject(
    new GamedayError('USAGE', {
      message: 'the service has no configuration that gameday may change',
      hint: 'add configure: to service: in gameday.yaml',
    }),
  );

const filledOrRefused = (text: string, values: Placeholders): string => {
  try {
    return filled(text, values, process.env);
  } catch (cause) {
    const hint = 'set it where gameday is started, or write its value into gameday.yaml';
    throw new GamedayError('USAGE', { message: `gameday.yaml: ${reasonOf(cause)}`, hint }, { cause });
  }
};

const orFailed = async (answered: Promise<string | undefined>, logFile: string): Promise<void> => {
  const why = await answered;
  if (why !== undefined)
    throw await failed(why, logFile, 'correct traffic: or health: in gameday.yaml, or the service');
};

const failed = async (message: string, logFile: string, hint?: string): Promise<GamedayError> => {
  const end = await endOf(logFile);
  return new GamedayError('ENVIRONMENT_FAILED', { message, hint: hint === undefined ? end : `${hint}; ${end}` });
};

const endOf = async (logFile: string): Promise<string> => {
  const lines = (await logTail(logFile, 4_000)).split('\n').filter((line) => !noise.test(line));
  return lines.length === 0 ? `see ${logFile}` : `its log ends: ${lines.slice(-8).join('\n')}`;
};

/** Nothing, where in the code it went wrong, and what a shell says of what we ended. */
const noise = /^\s*$|^\s+at |^(?:Terminated|Killed)$/;

const after = (duration: Ms, what: string): Promise<string> =>
  new Promise((resolveIt) => setTimeout(() => resolveIt(what), duration).unref());

/** Resolves when it is aborted. */
const abortOf = (signal: AbortSignal | undefined): Promise<string> =>
  new Promise((resolveIt) => signal?.addEventListener('abort', () => resolveIt('was stopped'), { once: true }));
