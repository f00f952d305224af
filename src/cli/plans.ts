/** From names on the command line to plans: reads every document that matters and reports everything that is wrong. */
import type { Experiment } from '../documents/experiment.ts';
import type { Runbook } from '../documents/runbook.ts';
import { GamedayError, type Problem } from '../errors.ts';
import { embeddedCapabilities } from '../environments/embedded.ts';
import { faults } from '../faults/catalogue.ts';
import { makePlan } from '../plan/make-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { resolveRunbook } from '../run/runbook-link.ts';
import { monitoringFiles, sha256, type Project } from './project.ts';

export type PlanOptions = {
  readonly proof: 'single' | 'full';
  readonly speed: number;
  readonly seed: number;
  /** A runbook to follow instead of the linked one. */
  readonly runbook: string | null;
};

export type Planned = {
  readonly plan: Plan;
  readonly experiment: Experiment;
  /** By path: what the plan was made from, and every runbook it may come to. */
  readonly documents: ReadonlyMap<string, string>;
};

/** @throws {GamedayError} DOCUMENT_INVALID with the problems of all of them; nothing is started then. */
export const planAll = async (
  project: Project,
  names: readonly string[],
  options: PlanOptions,
): Promise<readonly Planned[]> => {
  const problems: Problem[] = [];
  const planned: Planned[] = [];
  for (const name of names) {
    const found = await planOne(project, name, options, problems);
    if (found !== undefined) planned.push(found);
  }
  const distinct = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  if (distinct.size > 0) throw new GamedayError('DOCUMENT_INVALID', [...distinct.values()]);
  return planned;
};

const planOne = async (
  project: Project,
  name: string,
  options: PlanOptions,
  problems: Problem[],
): Promise<Planned | undefined> => {
  const experiment = project.experiment(name);
  if (!experiment.ok) problems.push(...experiment.problems);
  const ruleFiles = project.ruleFiles();
  if (!ruleFiles.ok) problems.push(...ruleFiles.problems);
  if (!experiment.ok) return undefined;
  const reference = project.reference(experiment.value);
  if (!reference.ok) problems.push(...reference.problems);
  if (!ruleFiles.ok || !reference.ok) return undefined;

  const documents = new Map<string, string>();
  const keep = (file: string): void => void documents.set(file, project.source(file).text);
  keep(experiment.value.file);
  for (const file of monitoringFiles) keep(file);
  if (reference.value !== null) {
    keep(reference.value.document.file);
    keep(reference.value.document.postmortem.file);
  }
  for (const runbook of await runbooksOf(project, experiment.value, options.runbook, problems)) keep(runbook.file);

  const plan = makePlan({
    experiment: experiment.value,
    reference: reference.value,
    ruleFiles: ruleFiles.value,
    faults,
    environment: { kind: 'embedded', capabilities: embeddedCapabilities },
    proof: options.proof,
    speed: options.speed,
    seed: options.seed,
    runbookFile: options.runbook,
    documents: [...documents].map(([file, text]) => ({ file, sha256: sha256(text) })),
  });
  if (plan.ok) return { plan: plan.value, experiment: experiment.value, documents };
  problems.push(...plan.problems);
  return undefined;
};

/**
 * The runbooks that this experiment may come to, read now so that a broken one is found before anything is started. A link
 * that leads nowhere is no problem of the documents: the run will say `no-runbook`.
 */
const runbooksOf = async (
  project: Project,
  experiment: Experiment,
  chosen: string | null,
  problems: Problem[],
): Promise<readonly Runbook[]> => {
  const files = new Set<string>();
  if (chosen !== null) files.add(chosen);
  else {
    const rules = project.ruleFiles();
    const expected = new Set(experiment.expect.alerts.map((alert) => alert.name));
    for (const { groups } of rules.ok ? rules.value : [])
      for (const rule of groups.flatMap((group) => group.rules)) {
        if (!('alert' in rule) || !expected.has(rule.alert)) continue;
        const link = resolveRunbook(rule.annotations['runbook_url'], project.exists);
        if (link.found) files.add(link.file);
      }
  }
  const runbooks: Runbook[] = [];
  for (const file of files) {
    if (!project.exists(file)) {
      problems.push({ message: `there is no runbook ${file}`, hint: `one of ${project.runbookNames().join(', ')}` });
      continue;
    }
    const read = await project.runbook(file);
    if (read.ok) runbooks.push(read.value);
    else problems.push(...read.problems);
  }
  return runbooks;
};
