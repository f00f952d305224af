/** What the handlers of the API work on, and the shape of a request and an answer. */
import type { Engine, Memory } from './engine.ts';
import type { Traits } from './version.ts';

export type Answer = { readonly status: number; readonly body?: unknown };

export type ApiContext = Memory & {
  /** The one at work when the request came. */
  readonly engine: Engine;
  readonly traits: Traits;
  readonly startedAtMs: number;
  readonly now: () => number;
  /** Reads the configuration again. @throws {GamedayError} DOCUMENT_INVALID when it is wrong; nothing changes then. */
  readonly reload: () => void;
  /** The last attempt to do so went well. */
  readonly isReloaded: boolean;
};

export type Request = { readonly query: URLSearchParams; readonly body: string; readonly id: string };

/** RFC 3339 in UTC with milliseconds. */
export const showTime = (atMs: number): string => new Date(atMs).toISOString();
