/** What an environment has behind its fault proxy: the built-in shop, or a team's own service. It need not know which. */
import type { Capability } from '../documents/experiment.ts';
import type { Environment, LogName } from './environment.ts';

/** How the service reaches its database, through the fault proxy. */
export type DatabaseAccess = {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Also the name of the database. */
  readonly user: string;
  readonly password: string;
};

export type ReplicaService = {
  /** Of its role and of its database. */
  readonly name: string;
  readonly capabilities: readonly Capability[];
  /** Fills the database, which is empty, as superuser. */
  readonly fill: (operatorUrl: string) => Promise<void>;
  /**
   * @param filled Resolves when the database answers and is filled; who needs that to start waits for it.
   * @throws {GamedayError} ENVIRONMENT_FAILED when it does not come up; what had come up is stopped by whoever called.
   */
  readonly start: (
    database: DatabaseAccess,
    filled: Promise<{ readonly operatorUrl: string }>,
  ) => Promise<RunningService>;
};

export type RunningService = Pick<Environment['service'], 'urls' | 'readConfiguration' | 'writeConfiguration'> & {
  /** What monitoring files call its instances, and where they are: `shop-1:8080` → `127.0.0.1:41233`. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly restart: () => Promise<void>;
  readonly logTail: (of: Exclude<LogName, 'postgres'>, bytes: number) => Promise<string>;
};

/** What a service is given by the environment it lives in. */
export type ServiceHome = {
  /** Of the environment: private, and removed with it. */
  readonly folder: string;
  /** The path of a log among the evidence, by the name of who writes it. */
  readonly log: (name: string) => string;
  /** Ends the opening; undefined once the environment is open, because what undoes a fault comes after an abort. */
  readonly opening: () => AbortSignal | undefined;
  readonly onLost: (reason: string) => void;
  /** What is to be stopped with the environment, */
  readonly keep: (child: { readonly stop: () => Promise<void> }) => void;
  /** and what has been stopped already. */
  readonly letGo: (child: { readonly stop: () => Promise<void> }) => void;
};
