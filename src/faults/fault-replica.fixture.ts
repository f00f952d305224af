/** One replica for the tests of every fault, since it takes longer to start than most of them do, and the ways to break it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { openReplica } from '../environments/replica.fixture.ts';
import type { Environment } from '../environments/environment.ts';
import { reachOf, type Reach } from '../safety/reach.ts';
import { rollback, type UndoActs } from '../safety/rollback.ts';
import { openUndoLog, type UndoEntry, type UndoLog } from '../safety/undo-log.ts';
import { seconds } from '../units.ts';
import { faults } from './catalogue.ts';
import type { Fault, FaultContext, Held } from './fault.ts';
import { stateOf, type State } from './inspection.fixture.ts';
import { undoers } from './undoers.ts';

/** What every fault is asked, and what only this one is; `faults.test.ts` runs them all on one replica. */
export type FaultSuite = {
  readonly name: string;
  readonly params: unknown;
  /** What these parameters do to the replica. */
  readonly changes: Partial<State>;
  /** Parameters as an experiment has them, and what is said of them, or against them. */
  readonly written: readonly (readonly [params: unknown, says: string])[];
  /** Parameters of one that ends with its time when nobody of ours is left; left out: it does not. */
  readonly abandoned?: unknown;
  /** @param on The replica, once a test runs. */
  readonly own: (on: () => FaultReplica) => void;
};

export type FaultReplica = {
  readonly environment: Environment;
  readonly folder: string;
  readonly operatorUrl: string;
  readonly acts: UndoActs;
  readonly reach: Reach;
  /** As it was before the first fault. */
  readonly before: State;
  readonly state: () => Promise<State>;
  readonly contextOf: (name: string) => Omit<FaultContext, 'intend'>;
  /** An undo log of its own, the fault injected with it, and the rollback that every party to an undo carries out. */
  readonly inject: (name: string, params: unknown) => Promise<Injected>;
  /**
   * How long `text` takes through the proxy, as the service takes it; the login is not counted. The fastest of `times`: what
   * else the machine is doing only ever makes it slower.
   */
  readonly milliseconds: (text: string, times: number) => Promise<number>;
  readonly remove: () => Promise<void>;
};

type Injected = { readonly log: UndoLog; readonly held: Held | undefined; readonly undo: Undo };
type Undo = () => Promise<readonly UndoEntry[]>;

export const ttlMs = seconds(60);

export const faultNamed = (name: string): Fault<unknown> => {
  const fault = faults[name];
  if (fault === undefined) throw new Error(`no fault ${name}`);
  return fault;
};

export const emptyLog = (): { log: UndoLog; file: string } => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-faults-'));
  const file = join(folder, 'undo.log');
  const log = openUndoLog(file);
  onTestFinished(() => (log.close(), rmSync(folder, { recursive: true })));
  return { log, file };
};

export const openFaultReplica = async (): Promise<FaultReplica> => {
  const { environment, folder, remove } = await openReplica({ instances: 1 });
  const { restart, service, postgres, toxiproxy } = environment;
  const { operatorUrl } = postgres;
  const acts = {
    restart,
    readConfiguration: service.readConfiguration,
    writeConfiguration: service.writeConfiguration,
  };
  const reach = reachOf([operatorUrl, toxiproxy.url]);
  const state = (): Promise<State> => stateOf(environment, folder);
  const contextOf = (name: string) => ({
    environment,
    tag: `gameday:test:1-${name}`,
    signal: new AbortController().signal,
    ttlMs,
  });
  const inject = async (name: string, params: unknown): Promise<Injected> => {
    const { log } = emptyLog();
    const held = await faultNamed(name).inject(params, {
      ...contextOf(name),
      intend: (record, byHand) => void log.intend({ what: name, byHand, ttlMs, record }),
    });
    let released: Promise<void> | undefined;
    const undo: Undo = async () => {
      await (released ??= held?.release());
      return rollback({ log, undoers, acts, reach });
    };
    onTestFinished(async () => void (await undo()));
    return { log, held, undo };
  };
  const milliseconds = async (text: string, times: number): Promise<number> => {
    const client = new pg.Client({ connectionString: postgres.connectionString('shop', 'service') });
    await client.connect();
    let least = Infinity;
    for (let turn = 0; turn < times; turn++) {
      const startedAt = performance.now();
      await client.query(text);
      least = Math.min(least, performance.now() - startedAt);
    }
    await client.end();
    return least;
  };
  try {
    const before = await state();
    return { environment, folder, operatorUrl, acts, reach, before, state, contextOf, inject, milliseconds, remove };
  } catch (error) {
    await remove();
    throw error;
  }
};
