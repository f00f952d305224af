/** Visits, each counted once: when its checkout ends, or when its browse fails and it never gets that far. */

export type Outcome = 'succeeded' | 'failed';

export type Buyers = {
  /** @param buyer undefined for a client that did not say who it is: each of its requests is somebody else. */
  readonly ended: (buyer: string | undefined, outcome: Outcome) => void;
};

/** How many visits are remembered. A request sent again by a proxy comes within seconds; ten thousand are minutes of peak traffic. */
const remembered = 10_000;

/** @param count Called once per visit; of a buyer who is heard of twice, the first outcome stands. */
export const countBuyers = (count: (outcome: Outcome) => void): Buyers => {
  const known = new Set<string>();
  return {
    ended: (buyer, outcome) => {
      if (buyer !== undefined) {
        if (known.has(buyer)) return;
        known.add(buyer);
        if (known.size > remembered) known.delete(known.values().next().value!);
      }
      count(outcome);
    },
  };
};
