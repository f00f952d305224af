/**
 * A model at a moment of a journal. Forward it takes the events in between; back it starts over, which costs no more than
 * having come here.
 */
export type Fold<Model> = { readonly count: number; readonly model: Model };

export type Folding<Event, Model> = {
  readonly events: readonly Event[];
  readonly start: Model;
  readonly reduce: (model: Model, event: Event) => Model;
};

export const foldTo = <Event, Model>(
  { events, start, reduce }: Folding<Event, Model>,
  from: Fold<Model> | null,
  count: number,
): Fold<Model> => {
  if (from?.count === count) return from;
  const base = from === null || from.count > count ? { count: 0, model: start } : from;
  return { count, model: events.slice(base.count, count).reduce(reduce, base.model) };
};
