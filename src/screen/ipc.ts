/**
 * What the launcher and the screen say to each other over their private channel. The launcher owns the terminal and the
 * project's files; the screen draws, and asks. A screen whose channel closes ends: nobody would restore its terminal.
 */
import type { DrillMode } from '../plan/plan.ts';
import type { Problem } from '../errors.ts';
import type { Ms } from '../units.ts';
import type { PlayedDrill } from './history/comparable-drills.ts';

/** Where a session is served, and what opens it. */
export type SessionAddress = { readonly url: string; readonly token: string };

export type Played = {
  /** ISO 8601. */
  readonly when: string;
  readonly mode: 'verify' | 'drill';
  /** The name of its exit (`passed`, `failed`, …), `going on` or `cut short`. */
  readonly outcome: string;
  /** Points of 100; null where the run has none. */
  readonly team: number | null;
  readonly readiness: number | null;
};

/** What the home screen shows of the project. Nothing in it tells a cause, a fault or a hint. */
export type HomeModel = {
  /** By name. */
  readonly experiments: readonly {
    readonly name: string;
    readonly title: string;
    readonly summary: string;
    readonly lastRun: Played | null;
    /** false where its documents are wrong: starting it would only say so. */
    readonly drillable: boolean;
    /** How long a drill of it takes at most. */
    readonly minutes: number;
  }[];
  /** Newest first. */
  readonly runs: readonly ({ readonly runId: string; readonly experiment: string } & Played)[];
  /** Every judged drill, for the history of an experiment. */
  readonly drills: readonly PlayedDrill[];
};

/** An answer of the debrief, in the order of the questions. */
export type DebriefAnswer = { readonly question: string; readonly answer: string };

/** The first message to a screen: what it is to be. */
export type ScreenStart =
  | { readonly view: 'home'; readonly project: string; readonly home: HomeModel }
  | { readonly view: 'drill'; readonly session: SessionAddress; readonly runId: string }
  /** A finished run, read from its file. `runbooks`: what its briefing says; `atMs` on the run's clock. */
  | {
      readonly view: 'replay';
      readonly journalFile: string;
      readonly runbooks: readonly string[];
      readonly speed: number;
      readonly atMs: Ms;
    };

/** What the launcher says: the beginning, then one answer to each `start`. */
export type ToScreen =
  | ScreenStart
  | { readonly session: SessionAddress & { readonly runId: string } }
  | { readonly problems: readonly Problem[] };

/** What a screen says. */
export type FromScreen =
  /** Each second: an open channel does not prove that it can still draw. */
  | { readonly beat: true }
  | { readonly start: { readonly experiment: string; readonly mode: DrillMode } }
  /** In the normal screen: the launcher ends this screen first, and starts another one at home afterwards. */
  | { readonly verify: { readonly experiment: string } }
  | { readonly debrief: { readonly runId: string; readonly answers: readonly DebriefAnswer[] } }
  /** It has left the alternate screen of its own will, and ends. */
  | { readonly done: true };
