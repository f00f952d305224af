/**
 * A team's own service, as gameday.yaml describes it, as the service of an environment: one process on a free port, told
 * where the replica's database is. Before anything is broken it has answered each of its routes and has a session in the
 * replica, so that a wrong route or a service that talks to another database is said at once, and as that.
 */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Capability } from '../../documents/experiment.ts';
import { commandWords, type CommandLine, type OwnService } from '../../documents/service-settings.ts';
import { freePort } from '../../embedded/free-port.ts';
import type { GamedayError } from '../../errors.ts';
import { asOperator, quoteIdentifier } from '../../faults/operator.ts';
import { minutes } from '../../units.ts';
import { logTail } from '../log-tail.ts';
import { healthyAt, whyUnfit, type AskedAt } from './answers.ts';
import { serviceConfiguration } from './configuration.ts';
import { logEndWords, serviceFailure, type EndOfLog } from './failure.ts';
import { runSql } from './sql.ts';
import { serviceValues } from './values.ts';
import type { DatabaseAccess, ReplicaService, RunningService, ServiceHome } from '../service.ts';
import { sessionsIn } from './sessions.ts';
import { endedWell, endedWithin, startTeamCommand, type RunningCommand } from './team-command.ts';

/** For a command that fills a database or restarts a service. */
export const commandWithin = minutes(2);

export const ownServiceCapabilities = ({ configure }: OwnService): readonly Capability[] => [
  'restart-service',
  ...(configure === null ? [] : (['configure-service'] as const)),
];

/** Its own migrations may run at its start, so everything in its database is its own. */
export const fillOwnDatabase = (operatorUrl: string, name: string): Promise<unknown> =>
  asOperator(operatorUrl, async (client) => {
    const role = quoteIdentifier(name);
    await client.query(`alter database ${role} owner to ${role}; alter schema public owner to ${role}`);
  });

/** @param project The project's folder. */
export const ownService = (settings: OwnService, project: string, home: ServiceHome): ReplicaService => {
  const { command, database, health, traffic } = settings;
  if (command === null) throw new Error('the plan puts a service that is only an image on this machine');
  const { folder, log, opening, onLost } = home;
  const cwd = resolve(project, settings.folder);
  const pidFile = join(folder, 'service.pid');
  const configuration = serviceConfiguration(settings, cwd, folder);
  const endOf = async (name: string): Promise<EndOfLog> => ({
    text: await logTail(log(name), 4_000),
    file: log(name),
  });
  const failed = async (message: string, name: string, hint?: string): Promise<GamedayError> =>
    serviceFailure(message, await endOf(name), hint);

  const start = async (
    access: DatabaseAccess,
    filling: Promise<{ readonly operatorUrl: string }>,
  ): Promise<RunningService> => {
    const port = await freePort();
    const values = serviceValues(settings, {
      ...{ access, port: String(port), serviceUrl: `http://localhost:${port}`, configFile: configuration.file },
    });
    const at: AskedAt = { host: 'localhost', port, ownPort: port, published: false };
    const launch = async (name: string, line: CommandLine, more: Readonly<Record<string, string>> = {}) =>
      startTeamCommand({
        ...{ command: values.words(line), cwd, folder, logFile: log(name) },
        pidFile: name === 'service' ? pidFile : join(folder, `${name}.pid`),
        env: { ...values.variables(await configuration.variables()), ...more },
      });
    /** Runs to its end. */
    const carryOut = async (
      name: string,
      line: CommandLine,
      more?: Readonly<Record<string, string>>,
    ): Promise<void> => {
      const running = await launch(name, line, more);
      home.keep(running);
      const how = await endedWithin(running.exited, commandWithin, opening());
      await running.stop();
      home.letGo(running);
      opening()?.throwIfAborted();
      if (how !== endedWell) throw await failed(`${name} (${commandWords(line)}) ${how}`, name);
    };

    let service: RunningCommand | undefined;
    /** @returns Its address, once it is healthy. */
    const startService = async (): Promise<string> => {
      const started = await launch('service', command);
      service = started;
      home.keep(started);
      let gone: string | undefined;
      void started.exited.then((how) => (gone = how));
      const found = await healthyAt(at, health, () => gone, opening());
      if ('address' in found) {
        started.needed((how) => void endOf('service').then((end) => onLost(`the service ${how}; ${logEndWords(end)}`)));
        return found.address;
      }
      service = undefined;
      await started.stop();
      home.letGo(started);
      opening()?.throwIfAborted();
      throw await failed(`the service (${commandWords(command)}) ${found.why}`, 'service');
    };
    const stopService = async (): Promise<void> => {
      const stopping = service;
      service = undefined;
      if (stopping === undefined) return;
      await stopping.stop();
      home.letGo(stopping);
    };

    const { operatorUrl } = await filling;
    await configuration.prepare();
    for (const [index, step] of database.setup.entries())
      if ('command' in step) await carryOut(`setup-${index + 1}`, step.command);
      else await runSql(join(cwd, step.sql), { operatorUrl, role: database.name, within: commandWithin });
    const before = await sessionsIn(operatorUrl, database.name);
    const address = await startService();
    const url = `http://${address}`;
    const unfit = await whyUnfit(url, settings, before, opening());
    if (unfit !== undefined) throw await failed(unfit.why, 'service', unfit.hint);
    if (traffic.command !== null) {
      const words = commandWords(traffic.command);
      const load = await launch('load', traffic.command);
      home.keep(load);
      load.needed((how) => void endOf('load').then((end) => onLost(`the load (${words}) ${how}; ${logEndWords(end)}`)));
    }
    return {
      urls: [url],
      hosts: { 'service:8080': address },
      readConfiguration: configuration.read,
      writeConfiguration: configuration.write,
      restart: async () => {
        if (settings.restart === null || service === undefined) {
          await stopService();
          await startService();
          return;
        }
        const pid = (await readFile(pidFile, 'utf8')).trim();
        await carryOut('restart', settings.restart, { GAMEDAY_SERVICE_PID: pid });
        const found = await healthyAt(at, health, () => undefined, undefined);
        if ('why' in found) throw await failed(`after its restart the service ${found.why}`, 'service');
      },
      logTail: async (of, bytes) => (of === 'shop' ? logTail(log('service'), bytes) : ''),
    };
  };

  return {
    name: database.name,
    capabilities: ownServiceCapabilities(settings),
    fill: async (operatorUrl) => void (await fillOwnDatabase(operatorUrl, database.name)),
    start,
  };
};
