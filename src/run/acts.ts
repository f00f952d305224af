/**
 * The two acts on a replica, the same words in every kind of environment. Whoever does one, it is done one at a time and
 * written down; in a drill it is also said before it is done, because what then happens may be its doing.
 */
import { z } from 'zod';
import { GamedayError } from '../errors.ts';
import type { Actor, JournalFact } from '../journal/events.ts';
import type { Stage } from './stage.ts';

const settings = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** What `gameday env` sends. */
export const act = z.discriminatedUnion('act', [
  z.strictObject({ act: z.literal('restart'), target: z.enum(['postgres', 'service']) }),
  /** Dotted path → value, e.g. `pool.max` → 20. */
  z.strictObject({ act: z.literal('configure'), target: z.literal('service'), settings }),
]);
export type Act = z.infer<typeof act>;
export type Settings = z.infer<typeof settings>;

export type Acts = (stage: Stage, wanted: Act, by: Actor) => Promise<void>;

/** @param announced Whether it is told before it is done. */
export const openActs = (record: (fact: JournalFact) => void, announced: boolean): Acts => {
  let last: Promise<void> = Promise.resolve();
  const carryOut = async ({ environment, signal }: Stage, wanted: Act, by: Actor): Promise<void> => {
    signal.throwIfAborted(); // it waited for its turn
    if (wanted.act === 'restart') {
      if (announced) record({ type: 'team.acted', by, act: `restart-${wanted.target}`, detail: '' });
      await environment.restart(wanted.target);
    } else {
      const { readConfiguration, writeConfiguration } = environment.service;
      const text = configured(await readConfiguration(), wanted.settings);
      if (announced)
        record({ type: 'team.acted', by, act: 'configure-service', detail: settingsWords(wanted.settings) });
      await writeConfiguration(text);
    }
    record({ type: 'environment.changed', act: wanted.act, target: wanted.target, by });
  };
  return (stage, wanted, by) => (last = last.catch(() => {}).then(() => carryOut(stage, wanted, by)));
};

/** Names with their values; a text may be a secret, so only its name is said. */
export const settingsWords = (wanted: Settings): string =>
  Object.entries(wanted)
    .map(([path, value]) => (typeof value === 'string' ? path : `${path}=${value}`))
    .join(' ');

/** @throws {GamedayError} USAGE for settings that do not fit; nothing is changed then. */
export const configured = (text: string, wanted: Settings): string => {
  const configuration = parsed(text);
  for (const [path, value] of Object.entries(wanted)) assign(configuration, path, value);
  return `${JSON.stringify(configuration, null, 2)}\n`;
};

const parsed = (text: string): Record<string, unknown> => {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new Error("the service's configuration is not JSON", { cause });
  }
};

/** Only settings that exist can be changed: a misspelt one would silently do nothing. Values may be secret, so none is said. */
const assign = (configuration: Record<string, unknown>, path: string, value: unknown): void => {
  const refuse = (message: string): never => {
    throw new GamedayError('USAGE', { message });
  };
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let place: Record<string, unknown> = configuration;
  for (const key of keys) {
    const next = Object.hasOwn(place, key) ? place[key] : undefined;
    if (typeof next !== 'object' || next === null) return refuse(`the service has no setting ${path}`);
    place = next as Record<string, unknown>;
  }
  if (!Object.hasOwn(place, last)) return refuse(`the service has no setting ${path}`);
  const [wanted, given] = [typeof place[last], typeof value];
  if (wanted === 'object')
    return refuse(`${path} is a group of settings: ${Object.keys(place[last] as object).join(', ')}`);
  if (wanted !== given) return refuse(`${path} is a ${wanted}; ${JSON.stringify(value)} is a ${given}`);
  place[last] = value;
};
