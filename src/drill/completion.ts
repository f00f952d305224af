/**
 * What could come next in a line. Everything offered is from the briefing or has reached the team, in alphabetical order:
 * neither what is listed nor where it stands tells what is broken.
 */
import { quoted, spoken, wordOf } from './command.ts';
import { wordNames, words, type Slot, type Vocabulary } from './words.ts';

export type Completion = {
  /** Where in the line the options begin: what stands there from here on is replaced. */
  readonly from: number;
  readonly options: readonly string[];
};

/** @param line Up to the cursor. */
export const completion = (line: string, vocabulary: Vocabulary): Completion => {
  const start = line.length - line.trimStart().length;
  const text = line.slice(start);
  const found = wordOf(text);
  const head =
    found === undefined ? undefined : new RegExp(`^${found.replace(' ', String.raw`\s+`)}\\s+`).exec(text)?.[0];
  if (found === undefined || head === undefined)
    return { from: start, options: wordNames.filter((name) => name.startsWith(text)).toSorted() };
  return slotCompletion(words[found].slots, line, start + head.length, vocabulary);
};

/** Passes over what is finished, one slot each, to the word that the cursor stands at the end of. */
const slotCompletion = (slots: readonly Slot[], line: string, from: number, vocabulary: Vocabulary): Completion => {
  const text = line.slice(from);
  const [slot, ...later] = slots;
  if (slot === undefined) return { from, options: [] };
  const finished =
    slot.takes === 'word' && slot.keyword === undefined ? /^(?:"(?:[^"\\]|\\.)*"|\S+)\s+/.exec(text)?.[0] : undefined;
  if (finished !== undefined) return slotCompletion(later, line, from + finished.length, vocabulary);
  return { from, options: [...optionsOf(slot, later, vocabulary)].filter((option) => begins(option, text)).toSorted() };
};

/** Behind an optional slot the next one may come as well. */
const optionsOf = (slot: Slot, later: readonly Slot[], vocabulary: Vocabulary): readonly string[] => {
  const own =
    slot.keyword === undefined
      ? (slot.oneOf(vocabulary) ?? []).map((name) => (slot.takes === 'word' ? quoted(name) : name))
      : [slot.keyword];
  const [next, ...rest] = later;
  return slot.optional && next !== undefined ? [...own, ...optionsOf(next, rest, vocabulary)] : own;
};

const begins = (option: string, typed: string): boolean =>
  option.toLowerCase().startsWith(typed.toLowerCase()) || spoken(option).startsWith(spoken(typed));
