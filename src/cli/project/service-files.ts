/** What gameday.yaml says of a service, compared with what is there: before anything is started for nothing. */
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { OwnService } from '../../documents/service-settings.ts';
import { readConfig } from '../../embedded/prometheus/config.ts';
import type { Problem } from '../../errors.ts';
import { monitoringNames } from './monitoring-names.ts';
import type { Project } from './project.ts';

/** Its folder and its files. */
export const serviceFileProblems = (service: OwnService, root: string): readonly Problem[] => {
  const { at, folder, configure, database } = service;
  const cwd = resolve(root, folder);
  const there = (path: string) => statSync(path, { throwIfNoEntry: false });
  const problem = (key: string, written: string, wanted: string): Problem => ({
    message: `service.${key} is ${written}; expected ${wanted}`,
    at,
    hint: `correct the path, or make ${key === 'folder' ? cwd : join(folder, written)}`,
  });
  if (there(cwd)?.isDirectory() !== true) return [problem('folder', folder, 'a folder, relative to gameday.yaml')];
  const files = [
    ...database.setup.flatMap((step) => ('sql' in step ? [['database.setup', step.sql] as const] : [])),
    ...(configure !== null && 'file' in configure ? [['configure.file', configure.file] as const] : []),
  ];
  return files
    .filter(([, file]) => there(resolve(cwd, file))?.isFile() !== true)
    .map(([key, file]) => problem(key, file, `a file, relative to ${folder === '.' ? 'gameday.yaml' : folder}`));
};

/** What the replica of a project with its own service can be scraped for. */
const scraped = ['service:8080', 'load:8080', 'postgres-exporter:9187'];

/** Not refused: a target that is down is something a rule may be about. But what is copied from elsewhere is forgotten. */
export const deadTargets = (project: Project): readonly Problem[] => {
  const { file, text } = project.source(monitoringNames.prometheus);
  return readConfig(file, text)
    .scrapes.flatMap(({ job, targets }) => targets.map(({ address }) => ({ job, address })))
    .filter(({ address }) => !scraped.includes(address))
    .map(({ job, address }) => ({
      message: `job "${job}" of ${file} scrapes ${address}, which is nowhere in this replica`,
      hint: `use one of: ${scraped.join(', ')}`,
    }));
};
