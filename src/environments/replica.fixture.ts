/** A replica for tests: the project's own monitoring at 30 times its speed, in a folder that its undo record removes. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderRemove } from './removal.ts';
import { compressAlertmanager, compressPrometheus, compressRules } from '../plan/speed.ts';
import { ms } from '../units.ts';
import { openEmbedded, type OpenEmbedded } from './embedded/embedded.ts';
import type { Environment } from './environment.ts';

const speed = 30;
const monitoringFile = (name: string): string =>
  readFileSync(new URL(`../../monitoring/${name}`, import.meta.url), 'utf8');

export const replicaMonitoring = (): OpenEmbedded['monitoring'] => ({
  prometheus: compressPrometheus(monitoringFile('prometheus.yml'), speed),
  alertmanager: compressAlertmanager(monitoringFile('alertmanager.yml'), speed),
  rules: { 'alerts.yml': compressRules(monitoringFile('alerts.yml'), speed).text },
});

export type Replica = {
  readonly environment: Environment;
  /** What the undo record of the environment names. */
  readonly folder: string;
  /** Every process that ended on its own. */
  readonly lost: readonly string[];
  /** Closes it and removes its folder; twice is harmless. */
  readonly remove: () => Promise<void>;
};

/** Where a replica would stand; the folder is removed by the caller (`removeFolder`) whatever became of the opening. */
export const replicaOptions = ({
  instances = 2,
  ...given
}: Partial<OpenEmbedded> & { readonly instances?: number } = {}): {
  options: OpenEmbedded;
  lost: readonly string[];
  removeFolder: () => Promise<void>;
} => {
  const above = mkdtempSync(join(tmpdir(), 'gd-env-'));
  const folder = given.folder ?? join(above, 'f');
  const evidenceFolder = join(above, 'evidence');
  for (const each of [folder, evidenceFolder]) mkdirSync(each, { recursive: true, mode: 0o700 });
  const lost: string[] = [];
  const options: OpenEmbedded = {
    folder,
    undoId: 'u1',
    service: {
      instances,
      pool: { max: 4, acquireTimeoutMs: ms(2_000), idleTimeoutMs: ms(300) },
      work: { browseMs: ms(0), checkoutMs: ms(0) },
    },
    monitoring: replicaMonitoring(),
    speed,
    pager: '127.0.0.1:1',
    load: Promise.resolve('127.0.0.1:1'),
    project: above,
    evidenceFolder,
    signal: new AbortController().signal,
    onLost: (reason) => void lost.push(reason),
    ...given,
  };
  const removeFolder = async (): Promise<void> => {
    await folderRemove.undo({ kind: 'folder.remove', folder }, { signal: AbortSignal.timeout(10_000) });
    rmSync(above, { recursive: true, force: true });
  };
  return { options, lost, removeFolder };
};

export const openReplica = async (given: Parameters<typeof replicaOptions>[0] = {}): Promise<Replica> => {
  const { options, lost, removeFolder } = replicaOptions(given);
  try {
    const environment = await openEmbedded(options);
    const remove = async (): Promise<void> => {
      await environment[Symbol.asyncDispose]();
      await removeFolder();
    };
    return { environment, folder: options.folder, lost, remove };
  } catch (error) {
    await removeFolder();
    throw error;
  }
};
