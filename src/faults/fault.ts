/**
 * What a fault is made of. A new one is a file in this folder plus its line in `catalogue.ts`: what it needs, what may be
 * written in an experiment, how it is said in words, how it is injected, and the record that undoes it.
 */
import type { z } from 'zod';
import type { Capability } from '../documents/experiment.ts';
import type { Environment } from '../environments/environment.ts';
import type { UndoRecord } from '../safety/undo-log.ts';
import type { Ms } from '../units.ts';

export type FaultContext = {
  readonly environment: Environment;
  /** `gameday:RUN:FAULT`, unique per run and fault; every session, toxic and name of the injector carries it. */
  readonly tag: string;
  /**
   * Writes the undo record durably; inject only after it returns.
   * `byHand` is the command for a person who has nothing of ours.
   */
  readonly intend: (record: UndoRecord, byHand: string) => void;
  readonly signal: AbortSignal;
  /** How long the fault may last at most; carried by the target itself where it can. */
  readonly ttlMs: Ms;
};

/** What keeps a fault alive in this process (workers holding sessions); nothing for most. */
export type Held = { readonly release: () => Promise<void> };

/**
 * What ends a fault on the target's own side when nobody of ours is left: its sessions, which the server ends; the proxy,
 * where it knows a time to live for toxics (ours does, the original does not); or nothing but the undo.
 */
export type Expiry = 'with its sessions' | 'by proxy ttl' | 'never';

export type Fault<Params> = {
  readonly name: string;
  readonly needs: readonly Capability[];
  readonly expires: Expiry;
  readonly params: z.ZodType<Params>;
  readonly describe: (params: Params) => string;
  /** @throws when it could not take effect; the undo record is then undone like any other. */
  readonly inject: (params: Params, context: FaultContext) => Promise<Held | undefined>;
};
