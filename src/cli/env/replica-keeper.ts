/** Opens a replica that nobody runs an experiment in, says where it is, and removes it when it is told to. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenContainers } from '../../environments/containers/containers.ts';
import type { Environment } from '../../environments/environment.ts';
import { GamedayError } from '../../errors.ts';
import type { JournalFact } from '../../journal/events.ts';
import { filesAtRun } from '../../plan/monitoring-files.ts';
import { openPager } from '../../run/pager.ts';
import { identityOf, keepOwner } from '../../safety/owner.ts';
import { reachNothing } from '../../safety/reach.ts';
import { undoLogFile } from '../../safety/recovery.ts';
import { leftError, residueError, rollback } from '../../safety/rollback.ts';
import { makeRunFolder, newRunId, runFolderFor } from '../../safety/run-folder.ts';
import { openUndoLog } from '../../safety/undo-log.ts';
import { ms, seconds } from '../../units.ts';
import { monitoringNames } from '../project/monitoring-names.ts';
import { orThrow, type Project } from '../project/project.ts';
import { serviceMisfits } from '../project/replicas.ts';
import { replicasFolder, writeStanding, type Standing } from './replica-folder.ts';
import type { Replica } from '../project/replica-kinds.ts';

export type KeepReplica = {
  readonly project: Project;
  readonly kind: Replica;
  /** Removes it. */
  readonly signal: AbortSignal;
  readonly onUp: (standing: Standing) => void;
  readonly onPage: (fact: JournalFact) => void;
};

/** As docker-compose.yml sets the shop. */
const shop = {
  instances: 2,
  pool: { max: 20, acquireTimeoutMs: seconds(2), idleTimeoutMs: seconds(1) },
  work: { browseMs: ms(80), checkoutMs: ms(200) },
} as const;

const lookEveryMs = 2_000;

/** It has no fault that could outlive its time; it stands until somebody takes it down. */
const standsAtMost = ms(365 * 86_400_000);

/** Resolves when it is gone. @throws {GamedayError} when it does not come up, or a part of it ended on its own. */
export const keepReplica = async (options: KeepReplica): Promise<void> => {
  const { project, kind, signal, onUp, onPage } = options;
  const id = newRunId(new Date());
  const home = join(replicasFolder(project.runsFolder), id);
  const folder = runFolderFor(id, 'fault');
  const logs = join(home, 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const self = identityOf(process.pid);
  keepOwner(home, { conductor: self, watchdog: self, url: '', token: '' });
  const undoLog = openUndoLog(undoLogFile(home));
  const lost = new AbortController();
  const over = AbortSignal.any([signal, lost.signal]);
  const { undoers } = await import('../../faults/undoers.ts');
  const scope = new AsyncDisposableStack();
  /** What is left wins over whatever ended it. */
  const remove = async (): Promise<void> => {
    await scope.disposeAsync();
    const residue = await rollback({ log: undoLog, undoers, acts: undefined, reach: reachNothing });
    const left = undoLog.entries().filter(({ state }) => state === 'ended');
    undoLog.close();
    if (residue.length > 0) throw residueError(residue);
    if (left.length > 0) throw leftError(left);
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const undoId = undoLog.intend({
      what: `the replica in ${folder}`,
      byHand: `rm -rf -- '${folder}'`,
      ttlMs: standsAtMost,
      record: { kind: 'folder.remove', folder },
    });
    makeRunFolder(folder);
    const pager = scope.use(await openPager(onPage));
    const environment = scope.use(
      await open({
        ...{ project, kind, folder, undoId, pager: pager.address, evidenceFolder: logs, signal: over },
        intend: (entry) => undoLog.intend({ ...entry, ttlMs: standsAtMost }),
        complete: undoLog.complete,
        onLost: (reason) => lost.abort(new GamedayError('ENVIRONMENT_FAILED', { message: reason })),
      }),
    );
    const upSince = new Date().toISOString();
    const standing = { id, kind, upSince, addresses: addressesOf(environment), logs, folder };
    writeStanding(home, standing);
    onUp(standing);
    // A replica whose folder is gone (its project was deleted) could never be taken down by name.
    const looking = setInterval(
      () =>
        existsSync(home) ||
        lost.abort(
          new GamedayError('ENVIRONMENT_FAILED', {
            message: `${home} is gone`,
          }),
        ),
      lookEveryMs,
    );
    scope.defer(() => clearInterval(looking));
    if (!over.aborted) await new Promise((end) => over.addEventListener('abort', end, { once: true }));
    if (lost.signal.aborted) throw lost.signal.reason;
  } catch (error) {
    await remove();
    throw error;
  }
  await remove();
};

type Opening = Omit<OpenContainers, 'service' | 'monitoring' | 'speed' | 'project' | 'load'> &
  Pick<KeepReplica, 'project' | 'kind'> & { readonly undoId: string };

/** In real time; and as in a run, nobody but its own pager is called. */
const open = async ({ project, kind, ...opening }: Opening): Promise<Environment> => {
  const settings = orThrow(project.settings());
  const misfits = serviceMisfits(kind, settings);
  if (misfits.length > 0) throw new GamedayError('DOCUMENT_INVALID', misfits);
  orThrow(project.ruleFiles());
  const text = (file: string): string => project.source(file).text;
  const { prometheus, alertmanager, rules } = filesAtRun(
    {
      prometheus: text(monitoringNames.prometheus),
      alertmanager: text(monitoringNames.alertmanager),
      rules: text(monitoringNames.rules),
    },
    { speed: 1, monitoring: settings.monitoring },
  );
  const monitoring = { prometheus, alertmanager, rules: { 'alerts.yml': rules } };
  const nobody = '127.0.0.1:1'; // buys here
  const served = {
    ...{ service: settings.service ?? shop, project: project.root, speed: 1, load: Promise.resolve(nobody) },
  };
  if (kind === 'containers') {
    const { openContainers } = await import('../../environments/containers/containers.ts');
    const { findOwnImage } = await import('../../environments/containers/images.ts');
    if (settings.service !== undefined) await findOwnImage(settings.service);
    return openContainers({ ...opening, ...served, monitoring });
  }
  const { openEmbedded } = await import('../../environments/embedded/embedded.ts');
  return openEmbedded({
    ...opening,
    ...served,
    monitoring: {
      ...monitoring,
      exporterNames: settings.monitoring.metrics,
      prometheusVersion: settings.monitoring.prometheus,
    },
  });
};

/** The password beside the address, where the list of processes shows it to nobody. */
const psql = (connectionString: string): string => {
  const [, role = '', password = '', rest = ''] = /^(.*\/\/\w+):(\w+)(@.*)$/.exec(connectionString) ?? [];
  return password === '' ? `psql '${connectionString}'` : `PGPASSWORD=${password} psql '${role}${rest}'`;
};

const addressesOf = ({ postgres, toxiproxy, service, ...servers }: Environment): Standing['addresses'] => {
  const { operatorUrl, onCallRole, serviceRole, connectionString } = postgres;
  return {
    'as superuser': psql(operatorUrl),
    'as on-call': psql(connectionString(onCallRole, 'direct')),
    'as the service': psql(connectionString(serviceRole, 'service')),
    service: service.urls.join(' '),
    toxiproxy: `${toxiproxy.url}/proxies/${toxiproxy.proxy}`,
    prometheus: servers.prometheusUrl,
    alertmanager: servers.alertmanagerUrl,
  };
};
