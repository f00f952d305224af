/** A planned run, carried out: what `verify` and the conductor of a drill have in common. */
import { startClock } from '../clock.ts';
import type { JournalEvent } from '../journal/events.ts';
import type { Conduct, Conducted } from '../run/conduct.ts';
import { programsOf } from './originals.ts';
import type { Planned } from './plans.ts';
import type { Project } from './project.ts';
import { historyOf } from './runs.ts';

export type Perform = {
  readonly project: Project;
  readonly planned: Planned;
  readonly version: string;
  readonly signal: AbortSignal;
  readonly onEvent: (event: JournalEvent) => void;
} & Pick<Conduct, 'onSession' | 'lostAfterMs'>;

/** What runs, loaded only where something runs. */
const theParts = () =>
  Promise.all([
    import('../run/conduct.ts'),
    import('../environments/embedded.ts'),
    import('../faults/catalogue.ts'),
    import('../faults/undoers.ts'),
    import('../plan/speed.ts'),
    import('./project.ts'),
  ]);

/** @throws {GamedayError} when the run could not even begin. */
export const perform = async ({ project, planned, ...options }: Perform): Promise<Conducted> => {
  const { plan, experiment, documents, originals } = planned;
  const [
    { conduct },
    { openEmbedded },
    { faults },
    { undoers },
    { compressAlertmanager, compressPrometheus, compressRules },
    { orThrow },
  ] = await theParts();
  const text = (file: string): string => documents.get(file) ?? '';
  const rules = compressRules(text('monitoring/alerts.yml'), plan.speed);
  return conduct({
    ...options,
    plan,
    runsFolder: project.runsFolder,
    startedAt: new Date(),
    clock: startClock(),
    history: historyOf(project.runsFolder, experiment.name),
    documents,
    faults,
    undoers,
    readRunbook: { exists: project.exists, read: async (file) => orThrow(await project.runbook(file)) },
    openEnvironment: (opening) =>
      openEmbedded({
        ...opening,
        service: plan.service,
        speed: plan.speed,
        originals: programsOf(originals),
        monitoring: {
          prometheus: compressPrometheus(text('monitoring/prometheus.yml'), plan.speed),
          alertmanager: compressAlertmanager(text('monitoring/alertmanager.yml'), plan.speed),
          rules: { 'alerts.yml': rules.text },
          ...(plan.monitoring === undefined
            ? {}
            : { exporterNames: plan.monitoring.metrics, prometheusVersion: plan.monitoring.prometheus }),
        },
      }),
  });
};
