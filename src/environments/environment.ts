/**
 * The contract: an environment is a set of standard addresses and two acts. Faults, probes, runbooks and the run see only
 * this, and none of them may ask which kind stands behind it. An address that there is not is empty, and the capability of
 * its name is missing: no plan that needs it comes here.
 */
import type { Capability } from '../documents/experiment.ts';

/** How a role logs in: the way the service takes (through the fault proxy), or past it. */
export type Via = 'service' | 'direct';
/** The server's own log, what the service says, and the requests it was sent. */
export type LogName = 'postgres' | 'shop' | 'access';
export type RestartTarget = 'postgres' | 'service';

export type Environment = AsyncDisposable & {
  /** For the report only. */
  readonly kind: 'embedded' | 'containers' | 'attached';
  readonly capabilities: readonly Capability[];
  readonly postgres: {
    readonly version: string;
    /** Superuser, past the proxy, with slots of its own: for faults, their undo and the oracle; never for a runbook. */
    readonly operatorUrl: string;
    /** The role under which the service logs in. */
    readonly serviceRole: string;
    /** The role under which a neighbour on the same server logs in. */
    readonly neighbourRole: string;
    /** The role under which the person on call logs in. */
    readonly onCallRole: string;
    /** @throws {GamedayError} DOCUMENT_INVALID for a role this environment does not know, naming those it does. */
    readonly connectionString: (role: string, via: Via) => string;
  };
  readonly toxiproxy: { readonly url: string; readonly proxy: string };
  readonly prometheusUrl: string;
  readonly alertmanagerUrl: string;
  readonly service: {
    readonly urls: readonly string[];
    /** The configuration file as text; what is written takes effect with the next restart. */
    readonly readConfiguration: () => Promise<string>;
    readonly writeConfiguration: (text: string) => Promise<void>;
  };
  /** The end of a log, whole lines of `bytes` at most; where several processes write one, in order of time. */
  readonly logTail: (of: LogName, bytes: number) => Promise<string>;
  /** `service` restarts its instances one after another, so that a load balancer always finds one. */
  readonly restart: (target: RestartTarget, signal?: AbortSignal) => Promise<void>;
  /** Another fault proxy at the same addresses, as new: the last resort where its API hangs. Absent where nobody can. */
  readonly replaceProxy?: () => Promise<void>;
  /**
   * The id of the undo record under which everything inside is removed: a fault in it is gone with it. null where the target
   * outlives the run, so that every fault has to be undone by itself.
   */
  readonly undoId: string | null;
};
