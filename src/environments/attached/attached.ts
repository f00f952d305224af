/**
 * A team's own servers, known by their addresses. Nothing here is ours but a canary and the sessions; so nothing is started
 * and nothing removed, a restart is the team's own command, and what an address cannot do is a capability that is missing.
 */
import { execFile } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AttachedSettings, Command } from '../../documents/environment-settings.ts';
import type { Capability, ServiceSettings } from '../../documents/experiment.ts';
import type { OwnService } from '../../documents/service-settings.ts';
import { GamedayError, reasonOf } from '../../errors.ts';
import { asOperator } from '../../faults/operator.ts';
import { loginAt, type Logins } from './address.ts';
import { canaryLimits, openCanary } from './canary.ts';
import type { Inspection } from './inspection.ts';
import type { Environment, RestartTarget } from '../environment.ts';

export type Target = {
  readonly name: string;
  readonly settings: AttachedSettings;
  readonly logins: Logins;
  readonly inspection: Inspection;
};

export type OpenAttached = Target & {
  /** How large the canary's pool is. */
  readonly service: ServiceSettings | OwnService;
  /** What the commands of a restart say. */
  readonly evidenceFolder: string;
};

const restartWithinMs = 120_000;

/** What can be done there, found out rather than declared. */
export const capabilitiesOf = ({ settings, inspection: { server, proxy } }: Target): readonly Capability[] => [
  ...(proxy?.enabled === true ? (['proxy'] as const) : []),
  // Its undo puts back a whole file, which the server lets only a superuser do.
  ...(server?.operator.superuser === true ? (['settings'] as const) : []),
  ...(settings.postgres.restart === undefined ? [] : (['restart-postgres'] as const)),
  ...(settings.service?.restart === undefined ? [] : (['restart-service'] as const)),
  ...(settings.prometheus === undefined ? [] : (['prometheus'] as const)),
  ...(settings.alertmanager === undefined ? [] : (['alertmanager'] as const)),
];

export const openAttached = async (options: OpenAttached): Promise<Environment> => {
  const { settings, logins, inspection, evidenceFolder } = options;
  const { operator, service, neighbour, onCall } = logins;
  const canary =
    settings.service === undefined ? await openCanary(service.url, canaryLimits(options.service)) : undefined;
  const known = [service, neighbour, onCall].filter((login) => login !== null);

  const restart = async (target: RestartTarget): Promise<void> => {
    const command = target === 'postgres' ? settings.postgres.restart : settings.service?.restart;
    if (command === undefined) throw missing(`a command that restarts ${target}`, options);
    await carryOut(command, join(evidenceFolder, `restart-${target}.log`));
    if (target === 'postgres')
      await asOperator(operator.url, (client) => client.query('select 1'), { restartWithinMs });
  };
  const noConfiguration = (): Promise<never> =>
    Promise.reject(missing('a way to the configuration of the service', options));

  return {
    kind: 'attached',
    capabilities: capabilitiesOf(options),
    undoId: null,
    postgres: {
      version: inspection.server?.version ?? 'unknown',
      operatorUrl: operator.url,
      serviceRole: service.role,
      neighbourRole: neighbour?.role ?? '',
      onCallRole: onCall?.role ?? '',
      connectionString: (role, via) => {
        const login = known.find((each) => each.role === role);
        if (login !== undefined) return loginAt(login, via === 'service' ? service : operator);
        throw new GamedayError('DOCUMENT_INVALID', {
          message: `no role "${role}" can log in to ${options.name}`,
          hint: `use one of ${known.map((each) => each.role).join(', ')}, or add its connection string to gameday.yaml`,
        });
      },
    },
    toxiproxy: { url: settings.toxiproxy?.url ?? '', proxy: settings.toxiproxy?.proxy ?? '' },
    prometheusUrl: settings.prometheus?.url ?? '',
    alertmanagerUrl: settings.alertmanager?.url ?? '',
    service: {
      urls: settings.service?.urls ?? (canary === undefined ? [] : [canary.url]),
      readConfiguration: noConfiguration,
      writeConfiguration: noConfiguration,
    },
    logTail: () => Promise.resolve(`The logs of ${options.name} are where your team keeps them; gameday reads none.\n`),
    restart,
    [Symbol.asyncDispose]: async () => await canary?.[Symbol.asyncDispose](),
  };
};

const missing = (what: string, { name, settings }: Target): GamedayError =>
  new GamedayError('REFUSED', {
    message: `environment "${name}" has no ${what.replace(/^a /, '')}`,
    at: settings.at,
    hint: `add it to gameday.yaml, or choose another environment`,
  });

const carryOut = ([program, ...given]: Command, logFile: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = execFile(
      program,
      given,
      { timeout: restartWithinMs, maxBuffer: 2 ** 20 },
      (cause, stdout, stderr) => {
        appendFileSync(logFile, `${stdout}${stderr}`, { mode: 0o600 });
        if (cause === null) return resolve();
        const message = `${[program, ...given].join(' ')} failed: ${reasonOf(cause)}`;
        reject(new GamedayError('ENVIRONMENT_FAILED', { message, hint: `read ${logFile}` }, { cause }));
      },
    );
    child.stdin?.end();
  });
