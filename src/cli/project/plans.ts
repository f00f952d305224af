/** From names on the command line to plans: reads every document that matters and reports everything that is wrong. */
import { capabilities, type Experiment } from '../../documents/experiment.ts';
import { defaultSettings, projectSettingsFile, type ProjectSettings } from '../../documents/project-settings.ts';
import type { Reference } from '../../documents/reference.ts';
import { suggestName } from '../../documents/suggestion.ts';
import type { Read } from '../../documents/document.ts';
import type { RuleFile } from '../../documents/rule-file.ts';
import { GamedayError, type Problem } from '../../errors.ts';
import type { Target } from '../../environments/attached/attached.ts';
import { faults } from '../../faults/catalogue.ts';
import { makePlan, type PlanInput } from '../../plan/make-plan.ts';
import type { Plan } from '../../plan/plan.ts';
import { compressRules } from '../../plan/speed.ts';
import { resolveRunbook } from '../../run/runbook-link.ts';
import { monitoringFiles, monitoringNames } from './monitoring-names.ts';
import { completed } from './monitoring.ts';
import { originalsIn, versionsIn, type Originals } from './originals.ts';
import { sha256, type Project } from './project.ts';
import type { Replica } from './replica-kinds.ts';
import { containersMisfits, replicaForPlan, serviceMisfits } from './replicas.ts';
import { deadTargets, serviceFileProblems } from './service-files.ts';

export type PlanOptions = {
  readonly proof: 'single' | 'full';
  /** null: what the experiment says for its drill. */
  readonly speed: number | null;
  readonly seed: number;
  /** A runbook to follow instead of the linked one. */
  readonly runbook: string | null;
  /** Real servers that take the place of stand-ins. */
  readonly originals?: Originals;
  /** Which replica of ours; embedded unless given. */
  readonly replica?: Replica;
  /** Servers of the team's own in the place of the replica; what may be done to them is asked of the plan, see `guards.ts`. */
  readonly target?: Target;
  /** Absent in `verify`. */
  readonly drill?: NonNullable<PlanInput['drill']>;
};

export type Planned = {
  readonly plan: Plan;
  readonly experiment: Experiment;
  /** By path: what the plan was made from, and every runbook it may come to. */
  readonly documents: ReadonlyMap<string, string>;
  /** What a person should know and the run does not mind. */
  readonly warnings: readonly Problem[];
  readonly originals: Originals;
  readonly target?: Target;
};

/**
 * @throws {GamedayError} With everything that is wrong, and nothing is started then: USAGE where it is only a name on the
 * command line, DOCUMENT_INVALID where it is a document.
 */
export const planAll = async (
  project: Project,
  names: readonly string[],
  options: PlanOptions,
): Promise<readonly Planned[]> => {
  const unknown = unknownNames(project, names, options);
  const shared = await readShared(project, options);
  const problems = [...shared.problems];
  const planned: Planned[] = [];
  for (const name of names) {
    if (!project.hasExperiment(name)) continue;
    const one = await planOne(project, name, options, shared);
    if (one.ok) planned.push(one.value);
    else problems.push(...one.problems);
  }
  const distinct = new Map([...unknown, ...problems].map((problem) => [JSON.stringify(problem), problem]));
  if (distinct.size > 0)
    throw new GamedayError(problems.length > 0 ? 'DOCUMENT_INVALID' : 'USAGE', [...distinct.values()]);
  return planned;
};

const unknownNames = (project: Project, names: readonly string[], { runbook }: PlanOptions): readonly Problem[] => [
  ...names
    .filter((name) => !project.hasExperiment(name))
    .map((name) => ({
      message: `there is no experiment "${name}"`,
      hint: suggestName(name, project.experimentNames()),
    })),
  ...(runbook === null || project.exists(runbook)
    ? []
    : [{ message: `there is no runbook ${runbook}`, hint: suggestName(runbook, project.runbookNames()) }]),
];

/** What all experiments of a project share: its settings, its rules and who is told. */
type Shared = {
  readonly settings: ProjectSettings;
  readonly originals: Originals;
  readonly rules: ReturnType<Project['ruleFiles']>;
  readonly receivers: ReturnType<Project['receivers']>;
  readonly problems: readonly Problem[];
};

const readShared = async (
  project: Project,
  { originals: given = {}, target, replica = 'embedded' }: PlanOptions,
): Promise<Shared> => {
  const settings = project.settings();
  const rules = project.ruleFiles();
  const receivers = project.receivers();
  // Elsewhere the servers are originals anyway.
  const embedded = target === undefined && replica === 'embedded';
  const written =
    settings.ok && embedded ? await originalsIn(settings.value, project, given) : { found: {}, problems: [] };
  return {
    settings: settings.ok ? settings.value : defaultSettings,
    originals: { ...written.found, ...given },
    ...{ rules, receivers },
    problems: [
      ...written.problems,
      ...[settings, rules, receivers].flatMap((read) => (read.ok ? [] : read.problems)),
      ...(settings.ok && settings.value.service !== undefined
        ? serviceFileProblems(settings.value.service, project.root)
        : []),
    ],
  };
};

/** A document that cannot be read keeps the others from being compared with it, not from being read themselves. */
const planOne = async (
  project: Project,
  name: string,
  options: PlanOptions,
  { settings, originals, rules, receivers }: Shared,
): Promise<Read<Planned>> => {
  const read = project.experiment(name);
  if (!read.ok) return read;
  const experiment = servedBy(options.target, read.value);
  const reference = project.reference(experiment);
  const problems: Problem[] = reference.ok ? [] : [...reference.problems];
  const ruleFiles = rules.ok ? rules.value : [];
  const runbooks = await runbooksOf(project, experiment, ruleFiles, options, problems);
  if (receivers.ok) problems.push(...unknownReceivers(experiment, receivers.value));
  const files = [
    experiment.file,
    ...monitoringFiles,
    projectSettingsFile,
    ...(reference.ok && reference.value !== null
      ? [reference.value.document.file, reference.value.document.postmortem.file]
      : []),
    ...runbooks,
  ];
  const documents = new Map(
    files.filter((file) => project.exists(file)).map((file) => [file, project.source(file).text]),
  );
  const speed = options.speed ?? experiment.drill?.speed ?? 1;
  const { target, replica = 'embedded' } = options;
  if (target === undefined) problems.push(...serviceMisfits(replica, settings));
  if (replica === 'containers') problems.push(...containersMisfits(experiment, settings, originals));
  const plan = makePlan({
    experiment: rules.ok ? experiment : { ...experiment, expect: { ...experiment.expect, alerts: [] } },
    reference: reference.ok ? reference.value : null,
    ruleFiles,
    faults,
    environment: environmentOf(target, replicaForPlan(replica, settings)),
    monitoring: settings.monitoring,
    ...versionsIn(originals),
    proof: options.proof,
    speed,
    seed: options.seed,
    runbookFile: options.runbook,
    realTime: rules.ok ? compressRules(project.source(monitoringNames.rules).text, speed).uncompressed : [],
    drill: options.drill ?? null,
    documents: [...documents].map(([file, text]) => ({ file, sha256: sha256(text) })),
  });
  if (!plan.ok) problems.push(...plan.problems.map(completed));
  if (!plan.ok || problems.length > 0 || !rules.ok || !receivers.ok) return { ok: false, problems };
  const warnings = [
    ...(reference.ok && reference.value !== null ? drift(reference.value) : []),
    ...(options.runbook === null ? deadLink(plan.value, project) : []),
    ...unknownAllowed(experiment, ruleFiles),
    ...(settings.service === undefined || target !== undefined ? [] : deadTargets(project)),
  ];
  return {
    ok: true,
    value: {
      plan: plan.value,
      experiment,
      documents,
      warnings,
      originals,
      ...(target === undefined ? {} : { target }),
    },
  };
};

/** Where the team names no service, a canary is one; what it is asked for does not matter to it. */
const servedBy = (target: Target | undefined, experiment: Experiment): Experiment => {
  if (target === undefined || target.settings.service !== undefined) return experiment;
  const { routes: _, ...load } = experiment.load;
  return { ...experiment, load };
};

/** What a target of the team's own cannot do is refused with all other rules that it is guarded by. */
const environmentOf = (target: Target | undefined, replica: PlanInput['environment']): PlanInput['environment'] => {
  if (target === undefined) return replica;
  const { name, logins, settings } = target;
  const { host, port, database } = logins.operator;
  const { connections, durationMs } = settings.blastRadius;
  return {
    kind: 'attached',
    capabilities,
    target: {
      ...{ name, connections, durationMs, address: `${host}:${port}/${database}` },
      pagerPort: settings.alertmanager?.pagerPort ?? null,
    },
  };
};

/** Not refused: that the link is dead is what the run is to show. But nobody has to wait for it. */
const deadLink = ({ runbook, alerts }: Plan, project: Project): readonly Problem[] => {
  const alert = alerts.find(({ name }) => name === runbook?.alert);
  if (alert === undefined) return [];
  const link = resolveRunbook(alert.rule.runbookUrl ?? undefined, project.exists);
  if (link.found) return [];
  const hint =
    'a path of the project (runbooks/X.md) or a forge address of it (https://HOST/OWNER/REPO/blob/REF/runbooks/X.md)';
  return [{ message: `${alert.name} will have no runbook: ${link.reason}`, at: alert.rule.at, hint }];
};

/** A misspelt name in the allow list allows nothing. */
const unknownAllowed = ({ expect, file }: Experiment, ruleFiles: readonly RuleFile[]): readonly Problem[] => {
  const known = ruleFiles
    .flatMap(({ groups }) => groups.flatMap(({ rules }) => rules))
    .flatMap((rule) => ('alert' in rule ? [rule.alert] : []));
  return expect.quiet.allow
    .filter((name) => !known.includes(name))
    .map((name) => ({
      message: `${file} allows alert "${name}", which no rule defines`,
      hint: suggestName(name, known),
    }));
};

const unknownReceivers = ({ expect }: Experiment, known: readonly string[]): readonly Problem[] =>
  expect.alerts
    .filter(({ receiver }) => !known.includes(receiver))
    .map(({ name, receiver, at }) => ({
      message: `${name} is expected at receiver "${receiver}", which alertmanager.yml does not define`,
      at,
      hint: suggestName(receiver, known),
    }));

/** A postmortem that was edited after its reading was reviewed: the run is compared with what may no longer be said. */
const drift = (read: { readonly document: Reference; readonly postmortemSha256: string }): readonly Problem[] => {
  const { file, sha256: reviewed, at } = read.document.postmortem;
  if (reviewed === read.postmortemSha256) return [];
  const hint = `review the reference again, then write sha256: ${read.postmortemSha256}`;
  return [{ message: `${file} has changed since its reference was reviewed`, at, hint }];
};

/**
 * The files of the runbooks that this experiment may come to, read now so that a broken one is found before anything is
 * started. A link that leads nowhere is no problem of the documents: the run will say `no-runbook`.
 */
const runbooksOf = async (
  project: Project,
  experiment: Experiment,
  ruleFiles: readonly RuleFile[],
  { runbook: chosen, drill }: PlanOptions,
  problems: Problem[],
): Promise<readonly string[]> => {
  const expected = new Set(experiment.expect.alerts.map((alert) => alert.name));
  const linked = ruleFiles
    .flatMap(({ groups }) => groups.flatMap(({ rules }) => rules))
    .flatMap((rule) => ('alert' in rule && expected.has(rule.alert) ? [rule.annotations['runbook_url']] : []))
    .map((url) => resolveRunbook(url, project.exists))
    .flatMap((link) => (link.found ? [link.file] : []));
  const followed = chosen === null ? [...new Set(linked)] : [chosen].filter((file) => project.exists(file));
  // People may open any of them.
  const files = drill === undefined ? followed : project.runbookNames();
  for (const file of files) {
    const read = await project.runbook(file);
    if (!read.ok) problems.push(...read.problems);
  }
  return files;
};
