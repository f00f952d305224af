/** Hints, one after the other or chosen, each told its price before it is bought and its text only afterwards. */
import type { Reply } from '../../drill/action.ts';
import type { Actor, JournalFact } from '../../journal/events.ts';
import type { HintLevel, PlannedDrill } from '../../plan/plan.ts';

export type AskHint = { readonly level?: HintLevel | undefined; readonly confirm?: string | undefined };

export const openHints = (
  { hints, mode }: Pick<PlannedDrill, 'hints' | 'mode'>,
  record: (fact: JournalFact) => void,
): ((asked: AskHint, by: Actor) => Reply) => {
  const taken = new Set<HintLevel>();
  return ({ level, confirm }, by) => {
    if (hints.length === 0) return { type: 'refused', problem: 'this drill has no hints', hint: null };
    // A confirmation means the level that was offered.
    const wanted = level ?? hints.find((each) => each.level === confirm)?.level;
    const hint = hints.find((each) => (wanted === undefined ? !taken.has(each.level) : each.level === wanted));
    if (hint === undefined && wanted !== undefined)
      return { type: 'refused', problem: `there is no ${wanted}`, hint: levelsOf(hints) };
    if (hint === undefined) return { type: 'refused', problem: 'every hint was taken', hint: levelsOf(hints) };
    if (!taken.has(hint.level)) {
      if (confirm === undefined) return { type: 'confirm', word: hint.level, says: priceOf(hint, mode) };
      if (confirm.trim() !== hint.level)
        return { type: 'refused', problem: `"${confirm}" is not "${hint.level}"; nothing was opened`, hint: null };
      taken.add(hint.level);
      record({ type: 'hint.taken', by, level: hint.level, text: hint.text, cost: hint.cost });
    }
    return { type: 'done', title: `hint (${hint.level})`, lines: [hint.text] };
  };
};

const levelsOf = (hints: PlannedDrill['hints']): string => `there are: ${hints.map(({ level }) => level).join(', ')}`;

const priceOf = ({ level, cost }: PlannedDrill['hints'][number], mode: PlannedDrill['mode']): string =>
  mode === 'training'
    ? `The ${level} is free in training.`
    : `The ${level} costs ${cost} of the 8 points for autonomy.`;
