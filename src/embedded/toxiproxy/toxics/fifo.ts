/** A queue whose head costs the same to take however long it is (`Array.shift` moves all the rest). */
export type Fifo<Item> = {
  readonly push: (item: Item) => void;
  readonly head: () => Item | undefined;
  readonly replaceHead: (item: Item) => void;
  readonly removeHead: () => void;
  /** Empties the queue. */
  readonly takeAll: () => readonly Item[];
  readonly length: () => number;
};

export const createFifo = <Item>(): Fifo<Item> => {
  let items: Item[] = [];
  let first = 0;
  return {
    push: (item) => void items.push(item),
    head: () => items[first],
    replaceHead: (item) => {
      items[first] = item;
    },
    removeHead: () => {
      first += 1;
      if (first < 256 || first * 2 < items.length) return;
      items = items.slice(first);
      first = 0;
    },
    takeAll: () => {
      const all = items.slice(first);
      items = [];
      first = 0;
      return all;
    },
    length: () => items.length - first,
  };
};
