/** Between two heartbeats of the conductor, each of which the watchdog answers; and between two looks of either. */
export const heartbeatMs = 500;
/** So many looks in a row without hearing of the other mean that it is frozen. */
export const missedMax = 12;

/** What the conductor tells its watchdog, one line of JSON each. */
export type ToWatchdog =
  | { readonly beat: true }
  /** What may be broken outlives the run; where its undo records may lead, with the secrets that are not written down. */
  | { readonly reach: readonly string[] }
  /** Everything is undone, or said to be left; nobody has to watch any more. */
  | { readonly farewell: true };

export type FromWatchdog =
  | { readonly beat: true }
  /** These records have outlived their time: undo now, or be ended. */
  | { readonly expired: readonly string[] };
