/**
 * What a toxic is: a kind, known by its type's name, makes one stage for each connection and direction it acts on. The
 * stages of a direction form a chain from the reading socket to the writing one; data and, behind it, the sender's end
 * pass from stage to stage. A stage may hold, cut or swallow what passes. It never reads and never waits for a socket:
 * it says when it is full, and the link stops reading.
 */

/** Integers from 0; what is not given is 0. */
export type Attributes = Readonly<Record<string, number>>;

/** Where a stage puts what it lets through. Calls after `end` are ignored. */
export type Output = {
  readonly data: (chunk: Buffer) => void;
  /** The sender's end, or an end the toxic makes up: closes the receiver's socket behind all data passed on. */
  readonly end: () => void;
  /** Ends the connection on both sides with a TCP reset; what is held anywhere is lost. */
  readonly reset: () => void;
};

export type Stage<Of extends Attributes = Attributes> = {
  data(chunk: Buffer): void;
  /** Comes at most once and after all data. */
  end(): void;
  /** Takes effect on what is held as well. */
  update(attributes: Of): void;
  /** Passes on all that is held, at once and in order: the toxic is removed from a live connection. */
  release(): void;
  /** Forgets all that is held and stops every timer: the connection is gone. */
  drop(): void;
  readonly full: boolean;
};

export type ToxicKind<Of extends Attributes = Attributes> = {
  /** Every attribute there is, with the value it has when it is not given. */
  readonly defaults: Of;
  /** Removing the toxic closes the connections it acted on. */
  readonly removalCloses?: boolean;
  /** What is wrong with these attributes together; each on its own is an integer from 0. */
  problem?(attributes: Of): string | undefined;
  start(attributes: Of, output: Output): Stage<Of>;
};

/** A uniform integer from -`spread` up to, not including, `spread`. */
export const around = (spread: number): number => Math.floor(Math.random() * 2 * spread) - spread;
