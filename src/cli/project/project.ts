/** The files of a project, found and read: experiments, runbooks, postmortems, monitoring. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, resolve } from 'node:path';
import type { Read, Source } from '../../documents/document.ts';
import { readExperiment } from '../../documents/experiment-reader.ts';
import type { Experiment } from '../../documents/experiment.ts';
import {
  defaultSettings,
  projectSettingsFile,
  readProjectSettings,
  type ProjectSettings,
} from '../../documents/project-settings.ts';
import { readReference, type Reference } from '../../documents/reference.ts';
import { readRuleFile, type RuleFile } from '../../documents/rule-file.ts';
import type { Runbook } from '../../documents/runbook.ts';
import { GamedayError, reasonOf } from '../../errors.ts';
import { faults } from '../../faults/catalogue.ts';
import { monitoringNames } from './monitoring-names.ts';
import { readReceivers, ruleProblems } from './monitoring.ts';
import { projectFolders, type ProjectFolders } from './folders.ts';

export type Project = ProjectFolders & {
  /** Of gameday.yaml, which need not be there. */
  readonly settings: () => Read<ProjectSettings>;
  readonly experimentNames: () => readonly string[];
  readonly hasExperiment: (name: string) => boolean;
  /** Of a name that exists. */
  readonly experiment: (name: string) => Read<Experiment>;
  /** The reviewed reference beside the postmortem, and that postmortem's hash; null where the experiment names none. */
  readonly reference: (experiment: Experiment) => Read<{ document: Reference; postmortemSha256: string } | null>;
  readonly ruleFiles: () => Read<readonly RuleFile[]>;
  /** The receivers of alertmanager.yml; the problems are those of prometheus.yml, too. */
  readonly receivers: () => Read<readonly string[]>;
  readonly runbookNames: () => readonly string[];
  readonly runbook: (file: string) => Promise<Read<Runbook>>;
  readonly exists: (file: string) => boolean;
  /** What the project calls a file that was named from its own folder, or from where the command runs. */
  readonly nameOf: (path: string) => string;
  /** @throws {GamedayError} DOCUMENT_INVALID when it cannot be read. */
  readonly source: (file: string) => Source;
};

const names = { experiments: 'experiments', runbooks: 'runbooks', rules: monitoringNames.rules } as const;

/** @throws {GamedayError} USAGE when `from` is not inside a project. */
export const openProject = (from: string, home: string | undefined): Project => {
  const { root, runsFolder } = projectFolders(from, home);
  const source = (file: string): Source => {
    // What a document names is read, shown in errors and copied: only what belongs to the project may be.
    if (posix.normalize(file).startsWith('..') || posix.isAbsolute(file))
      throw new GamedayError('DOCUMENT_INVALID', {
        message: `${file} leads out of the project`,
        hint: 'move it into the project',
      });
    try {
      return { file, text: readFileSync(join(root, file), 'utf8') };
    } catch (cause) {
      const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
      const message = missing ? `${file} does not exist` : `${file} cannot be read: ${reasonOf(cause)}`;
      const hint = missing ? `write it, or bring it back` : `make ${join(root, file)} a file that you may read`;
      throw new GamedayError('DOCUMENT_INVALID', { message, hint }, { cause });
    }
  };
  const exists = (file: string): boolean => existsSync(join(root, file));
  const listed = (folder: string, ending: string): readonly string[] =>
    exists(folder)
      ? readdirSync(join(root, folder))
          .filter((file) => file.endsWith(ending))
          .toSorted()
      : [];
  const settings = (): Read<ProjectSettings> =>
    exists(projectSettingsFile)
      ? readProjectSettings(source(projectSettingsFile))
      : { ok: true, value: defaultSettings };
  const experimentNames = (): readonly string[] =>
    listed(names.experiments, '.yaml').map((file) => file.slice(0, -'.yaml'.length));
  return {
    root,
    runsFolder,
    settings,
    experimentNames,
    hasExperiment: (name) => experimentNames().includes(experimentName(name)),
    experiment: (name) => {
      const read = settings();
      if (!read.ok) return read;
      const own = read.value.service;
      return readExperiment(source(`${names.experiments}/${experimentName(name)}.yaml`), { faults, own });
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
      if (!read.ok) return read;
      const problems = ruleProblems(read.value, source(names.rules));
      return problems.length > 0 ? { ok: false, problems } : { ok: true, value: [read.value] };
    },
    receivers: () => readReceivers(source),
    runbookNames: () => listed(names.runbooks, '.md').map((file) => `${names.runbooks}/${file}`),
    runbook: async (file) => {
      // Markdown and SQL are large, and most commands read neither.
      const { readRunbook } = await import('../../documents/runbook.ts');
      return readRunbook(source(file));
    },
    exists,
    nameOf: (path) => {
      const own = posix.normalize(path);
      const elsewhere = relative(root, resolve(path));
      return exists(own) || elsewhere.startsWith('..') ? own : elsewhere;
    },
    source,
  };
};

/** `experiments/NAME.yaml`, as a shell completes it, is NAME as well. */
const experimentName = (written: string): string =>
  written.replace(/^(?:\.\/)?experiments\//, '').replace(/\.ya?ml$/, '');

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The value, or all problems thrown as one error. */
export const orThrow = <Value>(read: Read<Value>): Value => {
  if (read.ok) return read.value;
  throw new GamedayError('DOCUMENT_INVALID', read.problems);
};
