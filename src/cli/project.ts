/** The files of a project, found and read: experiments, runbooks, postmortems, monitoring. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Read, Source } from '../documents/document.ts';
import { readExperiment } from '../documents/experiment-reader.ts';
import type { Experiment } from '../documents/experiment.ts';
import { readReference, type Reference } from '../documents/reference.ts';
import { readRuleFile, type RuleFile } from '../documents/rule-file.ts';
import { readRunbook, type Runbook } from '../documents/runbook.ts';
import { suggestName } from '../documents/suggestion.ts';
import { GamedayError, reasonOf, type Problem } from '../errors.ts';
import { faults } from '../faults/catalogue.ts';

export type Project = {
  readonly root: string;
  /** `.gameday` in the project, or GAMEDAY_HOME. */
  readonly runsFolder: string;
  readonly experimentNames: () => readonly string[];
  readonly experiment: (name: string) => Read<Experiment>;
  /** The reviewed reference beside the postmortem, and that postmortem's hash; null where the experiment names none. */
  readonly reference: (experiment: Experiment) => Read<{ document: Reference; postmortemSha256: string } | null>;
  readonly ruleFiles: () => Read<readonly RuleFile[]>;
  readonly runbookNames: () => readonly string[];
  readonly runbook: (file: string) => Promise<Read<Runbook>>;
  readonly exists: (file: string) => boolean;
  /** @throws {GamedayError} DOCUMENT_INVALID when it cannot be read. */
  readonly source: (file: string) => Source;
};

const names = {
  experiments: 'experiments',
  runbooks: 'runbooks',
  rules: 'monitoring/alerts.yml',
  prometheus: 'monitoring/prometheus.yml',
  alertmanager: 'monitoring/alertmanager.yml',
} as const;

export const monitoringFiles = [names.rules, names.prometheus, names.alertmanager] as const;

/** @throws {GamedayError} USAGE when `from` is not inside a project. */
export const openProject = (from: string, home: string | undefined): Project => {
  const root = findRoot(resolve(from));
  const source = (file: string): Source => {
    try {
      return { file, text: readFileSync(join(root, file), 'utf8') };
    } catch (cause) {
      throw new GamedayError('DOCUMENT_INVALID', { message: `${file} cannot be read: ${reasonOf(cause)}` }, { cause });
    }
  };
  const exists = (file: string): boolean => existsSync(join(root, file));
  const listed = (folder: string, ending: string): readonly string[] =>
    exists(folder)
      ? readdirSync(join(root, folder))
          .filter((file) => file.endsWith(ending))
          .toSorted()
      : [];
  const experimentNames = (): readonly string[] =>
    listed(names.experiments, '.yaml').map((file) => file.slice(0, -'.yaml'.length));
  return {
    root,
    runsFolder: join(home === undefined || home === '' ? join(root, '.gameday') : resolve(home), 'runs'),
    experimentNames,
    experiment: (name) => {
      const wanted = name.replace(/^experiments\//, '').replace(/\.ya?ml$/, '');
      if (experimentNames().includes(wanted))
        return readExperiment(source(`${names.experiments}/${wanted}.yaml`), { faults });
      return {
        ok: false,
        problems: [{ message: `there is no experiment "${name}"`, hint: suggestName(name, experimentNames()) }],
      };
    },
    reference: ({ postmortem }) => {
      if (postmortem === undefined) return { ok: true, value: null };
      const file = postmortem.file.replace(/\.md$/, '.reference.yaml');
      const missing = [postmortem.file, file].filter((each) => !exists(each));
      if (missing.length > 0)
        return {
          ok: false,
          problems: missing.map((each) => ({
            message: `${each} does not exist`,
            at: postmortem.at,
            hint:
              each === file
                ? 'write the reviewed reference beside the postmortem'
                : 'correct the path; it is relative to the experiment',
          })),
        };
      const read = readReference(source(file));
      if (!read.ok) return read;
      return { ok: true, value: { document: read.value, postmortemSha256: sha256(source(postmortem.file).text) } };
    },
    ruleFiles: () => {
      if (!exists(names.rules))
        return {
          ok: false,
          problems: [{ message: `${names.rules} does not exist`, hint: 'put your Prometheus alerting rules there' }],
        };
      const read = readRuleFile(source(names.rules));
      return read.ok ? { ok: true, value: [read.value] } : read;
    },
    runbookNames: () => listed(names.runbooks, '.md').map((file) => `${names.runbooks}/${file}`),
    runbook: async (file) => readRunbook(source(file)),
    exists,
    source,
  };
};

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The value, or all problems thrown as one error. */
export const orThrow = <Value>(read: Read<Value>): Value => {
  if (read.ok) return read.value;
  throw new GamedayError('DOCUMENT_INVALID', read.problems);
};

/** All values, or the problems of all. */
export const all = <Value>(reads: readonly Read<Value>[]): Read<readonly Value[]> => {
  const problems: Problem[] = reads.flatMap((read) => (read.ok ? [] : read.problems));
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, value: reads.flatMap((read) => (read.ok ? [read.value] : [])) };
};

const findRoot = (from: string): string => {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, names.experiments)) && existsSync(join(folder, 'monitoring'))) return folder;
    if (existsSync(join(folder, '.git')) || dirname(folder) === folder)
      throw new GamedayError('USAGE', {
        message: `no experiments/ and monitoring/ in ${from} or a folder above it`,
        hint: 'change to the folder of your game days, or name it with -C FOLDER',
      });
  }
};
