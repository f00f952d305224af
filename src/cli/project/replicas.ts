/** Which replica of ours a run takes place in, and what the one in containers cannot be. */
import type { Experiment } from '../../documents/experiment.ts';
import { projectSettingsFile, type ProjectSettings } from '../../documents/project-settings.ts';
import { containersCapabilities, shopInstances } from '../../environments/containers/replica.ts';
import { embeddedCapabilities } from '../../environments/embedded/embedded.ts';
import type { Problem } from '../../errors.ts';
import type { PlanInput } from '../../plan/make-plan.ts';
import type { Originals } from './originals.ts';
import { orThrow, type Project } from './project.ts';
import { isReplica, type Replica } from './replica-kinds.ts';

/** Where a run takes place unless it is on servers of the team's own. @param wanted `--env`, where it was given. */
export const replicaOf = (project: Project, wanted: string | undefined): Replica => {
  const name = wanted ?? orThrow(project.settings()).environment;
  return isReplica(name) ? name : 'embedded';
};

export const replicaForPlan = (
  replica: Replica,
  { service }: Pick<ProjectSettings, 'service'>,
): PlanInput['environment'] =>
  replica === 'containers'
    ? { kind: 'containers', capabilities: containersCapabilities(service) }
    : { kind: 'embedded', capabilities: embeddedCapabilities(service) };

/** A service of the team's own is a command on this machine, or an image in the containers. */
export const serviceMisfits = (replica: Replica, { service }: Pick<ProjectSettings, 'service'>): readonly Problem[] => {
  if (service === undefined) return [];
  const { at, command, image } = service;
  if (replica === 'containers' && image === null) {
    const message = `the containers run images, and the service of ${projectSettingsFile} is only a command`;
    const hint = 'write image: beside its command, such as image: shop-api:1; or leave --env containers out';
    return [{ message, at, hint }];
  }
  if (replica === 'embedded' && command === null) {
    const message = `the embedded replica runs commands, and the service of ${projectSettingsFile} is only an image`;
    const hint = `add --env containers, or write environment: containers into ${projectSettingsFile}; or a command: beside its image`;
    return [{ message, at, hint }];
  }
  return [];
};

/** `docker-compose.yml` describes one replica, with the real servers; whoever wants another is told. */
export const containersMisfits = (
  { name, file, service }: Experiment,
  { monitoring }: ProjectSettings,
  originals: Originals,
): readonly Problem[] => {
  const embedded = 'leave --env containers out, or change';
  const settings = `${embedded} ${projectSettingsFile}`;
  const problems: (Problem | false)[] = [
    monitoring.metrics !== 'postgres_exporter' && {
      message: `the containers run postgres_exporter, and the rules ask for the metrics of ${monitoring.metrics}`,
      hint: settings,
    },
    monitoring.prometheus !== 3 && {
      message: `the containers run Prometheus 3, and the rules are written for ${monitoring.prometheus}`,
      hint: settings,
    },
    Object.keys(originals).length > 0 && {
      message: 'the containers run the originals already',
      hint: 'leave --toxiproxy, --prometheus and --alertmanager out',
    },
    'instances' in service &&
      service.instances !== shopInstances.length && {
        message: `${name} wants ${service.instances} instances of the shop; the containers have ${shopInstances.length}`,
        hint: `${embedded} service.instances in ${file}`,
      },
  ];
  return problems.filter((problem) => problem !== false);
};
