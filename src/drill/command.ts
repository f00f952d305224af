/**
 * One line of text and the action it means, in both directions. Bare text is a note: it is cheap and can do no harm. A line
 * that begins with one of the words and does not fit it is a mistake, never a note, so that nobody believes to have acted.
 */
import type { Read } from '../documents/document.ts';
import { nearestName, suggestName } from '../documents/suggestion.ts';
import type { Problem } from '../errors.ts';
import { action, type Action } from './action.ts';
import { usageOf, wordNames, words, type Slot, type Vocabulary, type Word, type WordName } from './words.ts';

/** @returns The action, or everything that is wrong with the line. Never throws. */
export const parseCommand = (line: string, vocabulary: Vocabulary): Read<Action> => {
  const text = line.trim();
  if (text === '') return mistake({ message: 'nothing was said', hint: 'help shows the words' });
  const name = wordOf(text);
  if (name === undefined) {
    const unfinished = /^env(?:\s|$)/.test(text);
    return unfinished
      ? mistake({ message: 'env does not say what to do', hint: bothEnvs })
      : checked({ do: 'note', text });
  }
  const { slots, action: build }: Word = words[name];
  const problems: Problem[] = [];
  let left = text.slice(headOf(text, name)).trim();
  const values = slots.map((slot) => {
    const taken = take(slot, left, vocabulary);
    left = taken.left;
    if (taken.problem !== undefined) problems.push({ hint: usageOf(name), ...taken.problem });
    return taken.value;
  });
  if (left !== '')
    problems.push({ message: `${name} does not take "${left}"`, hint: `${usageOf(name)}; or as a note: note ${text}` });
  return problems.length > 0 ? { ok: false, problems } : checked(build(values));
};

/** The line that means `said`, except for its confirmation: a person types that after they were told what would be hit. */
export const commandLine = (said: Action): string => {
  switch (said.do) {
    case 'acknowledge':
      return line('ack', quoted(said.alert));
    case 'focus':
      return line('focus', quoted(said.component));
    case 'hypothesise':
      return line('hyp', quoted(said.cause), said.status, said.because && `because ${said.because}`);
    case 'declareSeverity':
      return line('sev', said.severity.slice('SEV-'.length));
    case 'nameLead':
      return line('lead', quoted(said.lead));
    case 'escalate':
      return line('escalate', quoted(said.to), said.reason);
    case 'update':
    case 'note':
    case 'sql':
    case 'promql':
      return line(said.do, said.text);
    case 'logs':
      return line('logs', said.of, said.filter);
    case 'openRunbook':
      return line('runbook', quoted(said.runbook));
    case 'runStep':
      return line('run', quoted(said.step));
    case 'rateStep':
      return line('helped', quoted(said.step), said.helpful ? 'yes' : 'no');
    case 'restart':
      return line('env restart', said.target);
    case 'configure':
      return line('env configure', said.target, ...Object.entries(said.settings).map(pairWords));
    case 'claim':
      return line(said.claim);
    case 'hint':
      return line('hint', said.level);
    case 'stop':
      return line('stop', said.reason);
    default:
      return said satisfies never;
  }
};

/** The word a line begins with. */
export const wordOf = (text: string): WordName | undefined => wordNames.find((name) => headOf(text, name) > 0);

/** How much of `text` the word takes; 0 where it is another. Blanks within `env restart` may be several. */
const headOf = (text: string, name: WordName): number =>
  new RegExp(`^${name.replace(' ', String.raw`\s+`)}(?=\\s|$)`).exec(text)?.[0].length ?? 0;

const bothEnvs = `${usageOf('env restart')}, or ${usageOf('env configure')}`;

const mistake = (problem: Problem): Read<never> => ({ ok: false, problems: [problem] });

/** Lengths and the like: what only the action's own shape knows. */
const checked = (candidate: Readonly<Record<string, unknown>>): Read<Action> => {
  const given = Object.fromEntries(Object.entries(candidate).filter(([, value]) => value !== undefined));
  const parsed = action.safeParse(given);
  if (parsed.success) return { ok: true, value: parsed.data };
  return {
    ok: false,
    problems: parsed.error.issues.map(({ path, message }) => ({ message: `${path.join('.')}: ${message}` })),
  };
};

type Taken = { readonly value?: string; readonly left: string; readonly problem?: Problem };

/** The value of one slot off the beginning of `text`. An optional one that is not there leaves the text as it is. */
const take = (slot: Slot, text: string, vocabulary: Vocabulary): Taken => {
  if (slot.keyword !== undefined) return takeBehind(slot.keyword, slot, text, vocabulary);
  if (text === '') return slot.optional ? { left: '' } : { left: '', problem: { message: `${slot.name} is missing` } };
  if (slot.takes === 'pairs') return takePairs(text);
  const whole = slot.takes === 'text' || (slot.takes === 'name' && !isQuoted(text));
  const { value, left } = whole ? { value: text, left: '' } : firstWord(text);
  const options = slot.oneOf(vocabulary);
  if (options === null) return { value, left };
  const known = knownAs(value, options);
  if (known !== undefined) return { value: known, left };
  // What follows may be for the next slot: `hyp CAUSE because …` leaves the status out.
  if (slot.optional && slot.takes === 'word' && value === 'because') return { left: text };
  const message = options.length === 0 ? `there is no ${slot.name} yet` : `"${value}" is no ${slot.name}`;
  return { left, problem: options.length === 0 ? { message } : { message, hint: suggestion(value, options) } };
};

const takeBehind = (keyword: string, slot: Slot, text: string, vocabulary: Vocabulary): Taken => {
  const { value: first, left } = firstWord(text);
  if (first !== keyword || isQuoted(text)) return { left: text };
  const { keyword: _, ...behind } = slot;
  return take({ ...behind, optional: false }, left, vocabulary);
};

/** One NAME=VALUE after the other. @returns Them as JSON. */
const takePairs = (text: string): Taken => {
  const settings: [string, string | number | boolean][] = [];
  let left = text;
  while (left !== '') {
    const [all, name, written] = /^([^\s="]+)=("(?:[^"\\]|\\.)*"(?=\s|$)|\S*)\s*/.exec(left) ?? [];
    const value = written === undefined ? undefined : settingValue(written);
    if (all === undefined || name === undefined || value === undefined)
      return { left: '', problem: { message: `"${firstWord(left).value}" is not NAME=VALUE`, hint: 'pool.max=20' } };
    settings.push([name, value]);
    left = left.slice(all.length);
  }
  return { value: JSON.stringify(Object.fromEntries(settings)), left };
};

/** `20` and `true` are what they look like; a text that looks like them is quoted. */
const settingValue = (written: string): string | number | boolean | undefined => {
  if (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(written)) return Number(written);
  if (written === 'true' || written === 'false') return written === 'true';
  return isQuoted(written) ? unquoted(written) : written;
};

const pairWords = ([name, value]: [string, string | number | boolean]): string => {
  const plain = typeof value !== 'string' || (/^[^\s"]*$/.test(value) && settingValue(value) === value);
  return `${name}=${plain ? value : JSON.stringify(value)}`;
};

/** As it is called, however it was written: another case, or a runbook without its folder and ending. */
const knownAs = (value: string, options: readonly string[]): string | undefined =>
  options.find((option) => option === value) ?? options.find((option) => spoken(option) === spoken(value));

/** How people say it: `runbooks/DatabaseDown.md` is `databasedown`, SEV-1 is 1. */
export const spoken = (name: string): string =>
  name
    .toLowerCase()
    .replace(/^runbooks\/|^sev-?(?=\d)/, '')
    .replace(/\.md$/, '');

const suggestion = (value: string, options: readonly string[]): string => {
  const nearest = nearestName(spoken(value), options.map(spoken));
  const meant = options.find((option) => spoken(option) === nearest);
  return meant === undefined ? suggestName(value, options) : `did you mean "${meant}"?`;
};

const isQuoted = (text: string): boolean => /^"(?:[^"\\]|\\.)*"(?=\s|$)/s.test(text) && unquoted(text) !== undefined;

/** The text in the quotes at the beginning, in JSON's notation. */
const unquoted = (text: string): string | undefined => {
  try {
    const value: unknown = JSON.parse(/^"(?:[^"\\]|\\.)*"/s.exec(text)?.[0] ?? '');
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
};

const firstWord = (text: string): { readonly value: string; readonly left: string } => {
  const end = isQuoted(text) ? (/^"(?:[^"\\]|\\.)*"/s.exec(text)?.[0].length ?? 0) : text.search(/\s|$/);
  return { value: unquoted(text.slice(0, end)) ?? text.slice(0, end), left: text.slice(end).trim() };
};

/** A name that would not come back as it is stands in quotes. */
export const quoted = <Name extends string | undefined>(name: Name): Name | string =>
  name === undefined || /^[^\s"]+$/.test(name) ? name : JSON.stringify(name);

const line = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== '').join(' ');
