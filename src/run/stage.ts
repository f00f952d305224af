/**
 * What stands while a trial runs, for whoever acts on it from outside: a runbook's shell, a person. It is closed before the
 * undo begins: whatever is still acting on the system is told to stop, and nothing new gets in.
 */
import type { Environment } from '../environments/environment.ts';
import type { Pager } from './pager.ts';

export type Stage = {
  readonly environment: Environment;
  readonly pager: Pager;
  /** Private; shells live in it. */
  readonly folder: string;
  /** Where a shell of ours finds the session of its run. */
  readonly session: { readonly url: string; readonly token: string };
  /** Aborted when the undo begins. */
  readonly signal: AbortSignal;
};

export type StageDoor = {
  readonly open: (stage: Omit<Stage, 'signal'>) => void;
  /** Resolves when nothing acts on it any more; the caller does not wait for ever. */
  readonly close: () => Promise<void>;
  readonly state: () => 'coming' | 'open' | 'closed';
  /** Does what changes or asks the system. @throws {NoStage} where none is open. */
  readonly during: <Result>(work: (stage: Stage) => Promise<Result>) => Promise<Result>;
};

export class NoStage extends Error {
  constructor() {
    super('no environment is up in this run');
  }
}

export const stageDoor = (): StageDoor => {
  let stage: Stage | undefined;
  let state: 'coming' | 'open' | 'closed' = 'coming';
  let closing = new AbortController();
  const acting = new Set<Promise<unknown>>();
  return {
    open: (parts) => {
      closing = new AbortController();
      stage = { ...parts, signal: closing.signal };
      state = 'open';
    },
    close: async () => {
      stage = undefined;
      state = 'closed';
      closing.abort(new Error('the environment is being undone'));
      await Promise.allSettled(acting);
    },
    state: () => state,
    during: async (work) => {
      if (stage === undefined) throw new NoStage();
      const acted = work(stage);
      acting.add(acted);
      try {
        return await acted;
      } finally {
        acting.delete(acted);
      }
    },
  };
};
