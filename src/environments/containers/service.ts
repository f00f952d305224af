/** What a replica in containers has behind its fault proxy: the built-in shop, or a team's own image. It need not know which. */
import type { ContainersLogs } from './logs.ts';
import type { ComposeProject } from './replica.ts';
import type { ContainersWatch } from './watch.ts';
import type { Environment, LogName } from '../environment.ts';

export type ContainersService = Pick<Environment['service'], 'readConfiguration' | 'writeConfiguration'> & {
  /** Of its role and of its database. */
  readonly name: string;
  /** Writes what Compose has to know. @returns What it starts before there is a database to fill; undefined: everything. */
  readonly prepare: () => Promise<readonly string[] | undefined>;
  /**
   * Brings up the rest of the replica.
   *
   * @param operatorUrl Of its database, which answers.
   * @returns Where it is asked.
   */
  readonly start: (operatorUrl: string) => Promise<readonly string[]>;
  readonly restart: () => Promise<void>;
  readonly logTail: (of: Exclude<LogName, 'postgres'>, bytes: number) => Promise<string>;
};

/** What it is given by the replica. */
export type ContainersHome = {
  readonly project: ComposeProject;
  /** The run's own, and the one where logs are kept. */
  readonly folder: string;
  readonly evidenceFolder: string;
  readonly logs: ContainersLogs;
  /** Ends the opening; undefined once the replica is up, because what undoes a fault comes after an abort. */
  readonly opening: () => AbortSignal | undefined;
  readonly excuse: ContainersWatch['excuse'];
  readonly onLost: (reason: string) => void;
  /** What is to be stopped with the replica. */
  readonly keep: (child: { readonly stop: () => Promise<void> }) => void;
};
