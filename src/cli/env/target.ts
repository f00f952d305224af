/**
 * A target of the team's own, on its way from a name on the command line to an experiment that may run there: its addresses
 * read, looked at, and every rule that keeps it from harm asked. Nothing here changes anything.
 */
import type { AttachedSettings } from '../../documents/environment-settings.ts';
import { suggestName } from '../../documents/suggestion.ts';
import { capabilitiesOf, type Target } from '../../environments/attached/attached.ts';
import { readLogins, type Logins } from '../../environments/attached/address.ts';
import { canaryLimits } from '../../environments/attached/canary.ts';
import { footprintOf } from '../../environments/attached/footprint.ts';
import { inspect } from '../../environments/attached/inspection.ts';
import { GamedayError } from '../../errors.ts';
import { faults } from '../../faults/catalogue.ts';
import { needsOf } from '../../plan/make-plan.ts';
import { lastsAtMost } from '../../run/time-to-live.ts';
import { productionSigns, refusals, type Asked, type Guarded } from '../../safety/guards.ts';
import type { CommandContext } from '../command.ts';
import type { Planned } from '../project/plans.ts';
import type { Project } from '../project/project.ts';
import { orThrow } from '../project/project.ts';
import { isReplica, replicas } from '../project/replica-kinds.ts';
import { isCi } from '../terminal/terminal.ts';

/** @param wanted `--env`; what gameday.yaml says unless given. @returns undefined for a replica of ours. */
export const targetOf = async (
  { secrets }: Pick<CommandContext, 'secrets'>,
  project: Project,
  wanted: string | undefined,
): Promise<Target | undefined> => {
  const settings = orThrow(project.settings());
  const name = wanted ?? settings.environment;
  return isReplica(name) ? undefined : openTarget({ secrets }, project, name, replicas);
};

/** The one that is named, else the default of gameday.yaml, else the only one. @throws {GamedayError} USAGE */
export const openNamed = async (
  { secrets }: Pick<CommandContext, 'secrets'>,
  project: Project,
  wanted: string | undefined,
): Promise<Target> => {
  const settings = orThrow(project.settings());
  const [only, another] = Object.keys(settings.environments);
  const byDefault = isReplica(settings.environment) ? undefined : settings.environment;
  const name = wanted ?? byDefault ?? (another === undefined ? only : undefined);
  if (name !== undefined) return openTarget({ secrets }, project, name);
  throw new GamedayError('USAGE', {
    message: 'gameday env check does not say which environment',
    hint: only === undefined ? noEnvironments : `use one of: ${Object.keys(settings.environments).join(', ')}`,
  });
};

/** Only read, not looked at. @throws {GamedayError} USAGE */
export const loginsNamed = ({ secrets }: Pick<CommandContext, 'secrets'>, project: Project, name: string): Logins =>
  readLogins(settingsNamed(project, name), secrets, project.root);

/** @throws {GamedayError} USAGE for a name that is none, and for connection strings that are missing. */
const openTarget = async (
  { secrets }: Pick<CommandContext, 'secrets'>,
  project: Project,
  name: string,
  besides: readonly string[] = [],
): Promise<Target> => {
  const settings = settingsNamed(project, name, besides);
  const logins = readLogins(settings, secrets, project.root);
  return { name, settings, logins, inspection: await inspect(settings, logins) };
};

const noEnvironments = 'gameday.yaml names none: docs/attached.md shows how one is written';

/** @param besides What else could have been meant. @throws {GamedayError} USAGE for a name that is none. */
export const settingsNamed = (
  project: Pick<Project, 'settings'>,
  name: string,
  besides: readonly string[] = [],
): AttachedSettings => {
  const { environments } = orThrow(project.settings());
  const settings = Object.hasOwn(environments, name) ? environments[name] : undefined;
  if (settings !== undefined) return settings;
  const known = [...besides, ...Object.keys(environments)];
  throw new GamedayError('USAGE', {
    message: `there is no environment "${name}"`,
    hint: known.length === 0 ? noEnvironments : suggestName(name, known),
  });
};

/** The same target, looked at again. */
export const lookedAtAgain = async (target: Target): Promise<Target> => ({
  ...target,
  inspection: await inspect(target.settings, target.logins),
});

/** As the rules see it. */
export const guarded = (target: Target): Guarded => ({ ...target, capabilities: capabilitiesOf(target) });

/** @throws {GamedayError} REFUSED with every rule that is broken and the way to satisfy it. */
export const refuse = (target: Target, planned: readonly Pick<Planned, 'plan' | 'experiment'>[]): void => {
  const problems = refusals(
    guarded(target),
    planned.map((each) => askedBy(each, target)),
  );
  if (problems.length > 0) throw new GamedayError('REFUSED', problems);
};

export const askedBy = ({ plan, experiment }: Pick<Planned, 'plan' | 'experiment'>, target: Target): Asked => {
  const touched = experiment.faults.map(({ fault, params, at }) => ({ at, ...footprintOf(fault, params, target) }));
  const [most] = touched.toSorted((a, b) => b.sessions - a.sessions);
  const held = touched.reduce((sum, { sessions }) => sum + sessions, 0);
  const start = { file: experiment.file, line: 1, column: 1 };
  const usesProxy = experiment.faults.some(({ fault }) => faults[fault]?.needs.includes('proxy'));
  return {
    experiment: experiment.name,
    at: start,
    needs: needsOf(experiment, faults),
    connections: { count: held + canarySessions(plan, target), at: most?.at ?? start },
    followsRunbook: plan.runbook !== null || plan.mode === 'drill',
    holds: held > 0,
    proxies: usesProxy && target.settings.toxiproxy !== undefined ? [target.settings.toxiproxy.proxy] : [],
    lastsMs: lastsAtMost(plan),
    faults: experiment.faults.map(({ fault, at }) => ({ fault, at, expires: faults[fault]?.expires ?? 'never' })),
  };
};

/** Where the team names no service, a canary of ours is one. */
const canarySessions = (plan: Planned['plan'], { settings }: Target): number =>
  settings.service === undefined ? canaryLimits(plan.service).pool.max : 0;

/**
 * The last word before anything is done to a target: all rules, then, where it looks like production, a person; to be told
 * what would be done nobody has to agree.
 *
 * @throws {GamedayError} REFUSED
 */
export const admit = async (
  context: CommandContext,
  target: Target | undefined,
  planned: readonly Pick<Planned, 'plan' | 'experiment'>[],
  dryRun = false,
): Promise<void> => {
  if (target === undefined) return;
  refuse(target, planned);
  if (dryRun) return;
  const names = planned.map(({ experiment }) => experiment.name).join(', ');
  await confirmProduction(context, target, `This will inject the faults of ${names} there.`);
};

/** Where nobody can be asked. @throws {GamedayError} REFUSED for what looks like production. */
export const refuseProduction = (target: Target, hint = whoConfirms): void => {
  const signs = productionSigns(guarded(target));
  const message = `environment "${target.name}" looks like production: ${signs.join(', ')}`;
  if (signs.length > 0)
    throw new GamedayError('REFUSED', { rule: 'production', message, at: target.settings.at, hint });
};

const whoConfirms = 'if it is none, name it otherwise; else a person has to confirm at a terminal, outside of CI';

/**
 * What looks like production is only touched when a person has typed its database's name, here, at a terminal.
 *
 * @throws {GamedayError} REFUSED where nobody is there, or something else was typed.
 */
export const confirmProduction = async (context: CommandContext, target: Target, what: string): Promise<void> => {
  const signs = productionSigns(guarded(target));
  if (signs.length === 0) return;
  const { terminal, env } = context;
  if (!terminal.face.inputIsTerminal || isCi(env)) refuseProduction(target);
  terminal.err(`Environment "${target.name}" looks like production: ${signs.join(', ')}. ${what}`);
  const { database } = target.logins.operator;
  if ((await typed(context, 'Type the name of the database to go on: ')) !== database)
    refuseProduction(target, `nothing was done; what was typed is not ${database}`);
};

/** One line from the terminal. Rejects with the reason of a Ctrl-C: nothing was done yet that would have to be waited for. */
export const typed = async (
  { terminal, signal }: Pick<CommandContext, 'terminal' | 'signal'>,
  question: string,
): Promise<string | undefined> => {
  terminal.err(question);
  const lines = terminal.lines();
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    const { value } = await Promise.race([lines.next(), stopped.promise]);
    return typeof value === 'string' ? value.trim() : undefined;
  } finally {
    signal.removeEventListener('abort', stop);
    await lines.return?.();
  }
};
