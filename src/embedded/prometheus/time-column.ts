/**
 * The times of all series that have come and gone together, which is nearly all of a target's: they are scraped at the
 * same moments, so these are kept once. The series that is the first to have a sample at a time writes it down; the others
 * find it there. A series that goes its own way gets another column, and those that go the same way share that.
 */
export class TimeColumn {
  /** Ascending. A series on it may have stopped before the last one. */
  readonly times: number[];
  #branch: Branch | undefined;

  constructor(times: number[] = []) {
    this.times = times;
  }

  /** The column of a series that has the times from `first` to before `end` in this one, and `timeMs` as its next. */
  followedBy(timeMs: number, first: number, end: number): TimeColumn {
    if (first === 0) {
      if (end === this.times.length) this.times.push(timeMs);
      if (this.times[end] === timeMs) return this;
    }
    const known = this.#branch?.first === first && this.#branch.end === end ? this.#branch.column.deref() : undefined;
    if (known?.times[end - first] === timeMs) return known;
    const column = new TimeColumn([...this.times.slice(first, end), timeMs]);
    this.#branch = { first, end, column: new WeakRef(column) };
    return column;
  }
}

/** The newest one: those that go the same way do so in the same scrape. Weak, or every column would keep all later ones. */
type Branch = { readonly first: number; readonly end: number; readonly column: WeakRef<TimeColumn> };
