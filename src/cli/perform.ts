/** A planned run, carried out: what `verify` and the conductor of a drill have in common. */
import { startClock } from '../clock.ts';
import { isOwnService } from '../documents/service-settings.ts';
import type { JournalEvent } from '../journal/events.ts';
import type { Conduct, Conducted } from '../run/conduct.ts';
import type { CommandContext } from './command.ts';
import { monitoringNames } from './project/monitoring-names.ts';
import { programsOf } from './project/originals.ts';
import type { Planned } from './project/plans.ts';
import type { Project } from './project/project.ts';
import { historyOf } from './project/runs.ts';

export type Perform = Pick<CommandContext, 'secrets'> & {
  readonly project: Project;
  readonly planned: Planned;
  readonly version: string;
  readonly signal: AbortSignal;
  readonly onEvent: (event: JournalEvent) => void;
  /** A replica of ours unless given. */
  readonly openEnvironment?: Conduct['openEnvironment'];
} & Pick<Conduct, 'onSession' | 'lostAfterMs'>;

/** What runs, loaded only where something runs. */
const theParts = () =>
  Promise.all([
    import('../run/conduct.ts'),
    import('../environments/embedded/embedded.ts'),
    import('../faults/catalogue.ts'),
    import('../faults/undoers.ts'),
    import('../plan/monitoring-files.ts'),
    import('./project/alerting-files.ts'),
    import('./project/project.ts'),
  ]);

/** @throws {GamedayError} when the run could not even begin. */
export const perform = async ({ project, planned, ...options }: Perform): Promise<Conducted> => {
  const { plan, experiment, documents, originals } = planned;
  const [{ conduct }, { openEmbedded }, { faults }, { undoers }, { filesAtRun }, { alertingFiles }, { orThrow }] =
    await theParts();
  // Said before anything of a run exists.
  if (plan.environment === 'containers') {
    await (await import('../environments/containers/docker.ts')).findEngine(options.signal);
    const { findOwnImage } = await import('../environments/containers/images.ts');
    if (isOwnService(plan.service)) await findOwnImage(plan.service);
  }
  const text = (file: string): string => documents.get(file) ?? '';
  const { prometheus, alertmanager, rules } = filesAtRun(
    {
      prometheus: text(monitoringNames.prometheus),
      alertmanager: text(monitoringNames.alertmanager),
      rules: text(monitoringNames.rules),
    },
    plan,
  );
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
    alertingFiles: alertingFiles({ prometheus, alertmanager, rules: text(monitoringNames.rules) }),
    readRunbook: { exists: project.exists, read: async (file) => orThrow(await project.runbook(file)) },
    openEnvironment:
      options.openEnvironment ??
      (async (opening) => {
        const { service, speed } = plan;
        const monitoring = { prometheus, alertmanager, rules: { 'alerts.yml': rules } };
        if (plan.environment === 'containers') {
          const { openContainers } = await import('../environments/containers/containers.ts');
          return openContainers({ ...opening, service, speed, monitoring, project: project.root });
        }
        return openEmbedded({
          ...opening,
          ...{ service, speed, project: project.root, originals: programsOf(originals) },
          monitoring: {
            ...monitoring,
            ...(plan.monitoring === undefined
              ? {}
              : { exporterNames: plan.monitoring.metrics, prometheusVersion: plan.monitoring.prometheus }),
          },
        });
      }),
  });
};
