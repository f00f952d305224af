/** Why an expected alert did not come as it should: one reason of a closed list, and a sentence with the numbers. */

export const causeReasons = [
  'not-recorded',
  'cannot-evaluate',
  'no-metric',
  'labels-differ',
  'blinded',
  'too-short',
  'never-true',
  'wrong-labels',
  'not-sent',
  'routed-elsewhere',
  'inhibited',
  'silenced',
  'muted',
  'grouped-late',
  'not-taken',
  'too-slow',
] as const;
export type CauseReason = (typeof causeReasons)[number];

export type AlertCause = { readonly reason: CauseReason; readonly detail: string };

/** In the order of the list; the first that holds is the reason. */
export const firstCause = <Given extends readonly unknown[]>(
  candidates: readonly ((...given: Given) => AlertCause | undefined)[],
  ...given: Given
): AlertCause | undefined => {
  for (const candidate of candidates) {
    const cause = candidate(...given);
    if (cause !== undefined) return cause;
  }
  return undefined;
};
