/**
 * The rules that a run against somebody else's server has to satisfy before anything is done there. Each is a sentence about
 * what was looked at and what was asked; all that are broken are said at once, each with the way to satisfy it. Pure: who
 * looks, and who asks, is the caller.
 */
import type { AttachedSettings } from '../documents/environment-settings.ts';
import type { Capability } from '../documents/experiment.ts';
import type { Logins } from '../environments/attached/address.ts';
import type { Inspection } from '../environments/attached/inspection.ts';
import type { Expiry } from '../faults/fault.ts';
import type { Place, Problem } from '../errors.ts';
import type { Ms } from '../units.ts';
import { experimentRules } from './guards-experiment.ts';
import { targetRules } from './guards-target.ts';

/** In the order in which they are told. */
export const rules = [
  'reachable',
  'allow-list',
  'marker',
  'past-the-proxy',
  'own-roles',
  'not-superuser',
  'capability',
  'expiry',
  'blast-radius',
  'way-in',
] as const;
export type Rule = (typeof rules)[number];

/** What an experiment asks of a target. */
export type Asked = {
  readonly experiment: string;
  readonly at: Place;
  readonly needs: readonly Capability[];
  /** Sessions of one kind or another that are open at one time; `at` is the fault that asks for most. */
  readonly connections: { readonly count: number; readonly at: Place };
  /** Whether what a runbook changes has to be seen. */
  readonly followsRunbook: boolean;
  /** Whether somebody has to log in as the neighbour. */
  readonly holds: boolean;
  readonly proxies: readonly string[];
  /** From the first injection to the undo, as far as the plan can tell. */
  readonly lastsMs: Ms;
  readonly faults: readonly { readonly fault: string; readonly expires: Expiry; readonly at: Place }[];
};

export type Guarded = {
  readonly name: string;
  readonly settings: AttachedSettings;
  readonly logins: Logins;
  readonly inspection: Inspection;
  readonly capabilities: readonly Capability[];
};

/** @param asked Of every experiment that is to run; none where only the target itself is looked at. */
export const refusals = (target: Guarded, asked: readonly Asked[]): readonly Problem[] => {
  const broken = [...targetRules(target), ...asked.flatMap((each) => experimentRules(target, each))];
  return rules.flatMap((rule) => broken.filter((each) => each.rule === rule));
};

export type Refusal = Problem & { readonly rule: Rule };

/** Words by which people call what must not be broken. */
const productionWords = /(?:^|[^a-z])(?:prod|prd|production|live|primary|master)\d*(?:[^a-z]|$)/i;

/** What of a target looks like production; empty where nothing does. Not a refusal: it has to be typed by a person. */
export const productionSigns = ({ logins, inspection: { server } }: Guarded): readonly string[] => {
  const { operator, service } = logins;
  const named = {
    host: [operator.host, service.host],
    database: [operator.database, service.database],
    cluster_name: [server?.clusterName ?? ''],
  };
  return Object.entries(named).flatMap(([what, names]) =>
    [...new Set(names)].filter((each) => productionWords.test(each)).map((each) => `${what} ${each}`),
  );
};
