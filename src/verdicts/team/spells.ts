/** Stretches of time in which something held. */

/** `toMs` null: it still held at the end. `evidence`: the events that show its beginning. */
export type Spell = { readonly fromMs: number; readonly toMs: number | null; readonly evidence: readonly number[] };

const endOf = ({ toMs }: Spell): number => toMs ?? Infinity;

/** Spells that overlap or touch become one. */
export const unionOf = (spells: readonly Spell[]): readonly Spell[] => {
  const union: Spell[] = [];
  for (const spell of spells.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = union.at(-1);
    if (last === undefined || spell.fromMs > endOf(last)) union.push(spell);
    else if (endOf(spell) > endOf(last)) union[union.length - 1] = { ...last, toMs: spell.toMs };
  }
  return union;
};

/** Those that lasted. @param untilMs Until when it was looked. */
export const longerThan = (spells: readonly Spell[], lengthMs: number, untilMs: number): readonly Spell[] =>
  spells.filter(({ fromMs, toMs }) => (toMs ?? untilMs) - fromMs >= lengthMs);

/** The spell that a moment lies in, at least `sinceMs` after its beginning. */
export const spellAt = (spells: readonly Spell[], atMs: number, sinceMs = 0): Spell | undefined =>
  spells.find((spell) => spell.fromMs + sinceMs <= atMs && atMs < endOf(spell));

/** The spell that is still going on at the end. */
export const lasting = (spells: readonly Spell[]): Spell | undefined => spells.findLast(({ toMs }) => toMs === null);
