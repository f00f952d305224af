/**
 * The command bar as a value: the line that is typed, what was answered, and whether a word is asked for before something
 * happens. Nothing in here sends; what is to be sent comes back from `entered`.
 */
import type { Action, Reply } from '../../drill/action.ts';
import { parseCommand } from '../../drill/command.ts';
import { completion } from '../../drill/completion.ts';
import { usageOf, wordNames, words, type Vocabulary } from '../../drill/words.ts';
import type { Problem } from '../../errors.ts';
import { cleared, emptyLine, inserted, sent, type LineEditor } from '../kit/line-editor.ts';
import type { Tone } from '../kit/look.ts';

export type Notice = { readonly text: string; readonly tone: Tone | null };

/** `lines` are foreign; `from`: whether it is read from its beginning or, like a log, from its end. */
export type Answer = { readonly title: string; readonly lines: readonly string[]; readonly from: 'start' | 'end' };

export type CommandBar = {
  readonly line: LineEditor;
  readonly notice: Notice | null;
  readonly answer: Answer | null;
  /** Nothing was done yet: it will be when `word` is typed. */
  readonly asked: { readonly action: Action; readonly word: string; readonly says: string } | null;
  /** Sent, and no answer yet: one at a time, so that the order is the responder's. */
  readonly waiting: Action | null;
};

export const emptyBar: CommandBar = { line: emptyLine, notice: null, answer: null, asked: null, waiting: null };

/** Enter was pressed. @returns The bar after it, whose `waiting` is what is to be sent now. */
export const entered = (bar: CommandBar, vocabulary: Vocabulary): CommandBar => {
  const text = bar.line.text.trim();
  if (text === '') return bar;
  if (bar.waiting !== null) return { ...bar, notice: warning('still waiting for the answer to the last command') };
  if (bar.asked !== null) {
    const { action, word } = bar.asked;
    if (text !== word) return { ...bar, notice: warning(`that is not "${word}": nothing was done. Esc cancels`) };
    return { ...bar, line: cleared(bar.line), asked: null, notice: null, waiting: confirmed(action, word) };
  }
  if (text === 'help') return { ...bar, line: cleared(bar.line), notice: null, answer: help };
  const parsed = parseCommand(text, vocabulary);
  if (!parsed.ok) {
    const [first] = parsed.problems;
    return { ...bar, notice: warning(first === undefined ? 'that is no command' : problemLine(first)) };
  }
  return { ...bar, line: sent(bar.line), notice: null, waiting: parsed.value };
};

export const answered = (bar: CommandBar, action: Action, reply: Reply): CommandBar => {
  const rest = { ...bar, waiting: null };
  switch (reply.type) {
    case 'done': {
      const from = action.do === 'logs' ? 'end' : 'start';
      const answer =
        reply.lines.length === 0 ? bar.answer : ({ title: reply.title, lines: reply.lines, from } as const);
      return { ...rest, notice: { text: reply.title, tone: 'ok' }, answer };
    }
    case 'confirm':
      return { ...rest, line: cleared(bar.line), notice: null, asked: { action, word: reply.word, says: reply.says } };
    case 'refused':
      return {
        ...rest,
        notice: warning(problemLine({ message: reply.problem, ...(reply.hint !== null && { hint: reply.hint }) })),
      };
    default:
      return reply satisfies never;
  }
};

/** Esc: one step back, from the innermost. @returns undefined where there is nothing to go back from. */
export const steppedBack = (bar: CommandBar): CommandBar | undefined => {
  if (bar.asked !== null)
    return {
      ...bar,
      asked: null,
      line: cleared(bar.line),
      notice: { text: 'cancelled: nothing was done', tone: null },
    };
  if (bar.line.text !== '') return { ...bar, line: cleared(bar.line) };
  if (bar.answer !== null) return { ...bar, answer: null };
  return undefined;
};

/** Tab: as far as all options agree; what they are is said. */
export const completed = (bar: CommandBar, vocabulary: Vocabulary): CommandBar => {
  if (bar.asked !== null) return bar;
  const { text, cursor } = bar.line;
  const { from, options } = completion(text.slice(0, cursor), vocabulary);
  const [first] = options;
  if (first === undefined) return { ...bar, notice: warning('nothing to complete here') };
  const whole = options.length === 1;
  const typed = text.slice(from, cursor);
  const common = whole ? `${first} ` : commonStart(options);
  // An option may be meant by another spelling than it begins with; then nothing is taken from what was typed.
  const added = common.length > typed.length || whole ? common : typed;
  const line = inserted({ ...bar.line, text: text.slice(0, from) + text.slice(cursor), cursor: from }, added);
  return { ...bar, line, notice: whole ? null : { text: options.join('  '), tone: null } };
};

export const typed = (bar: CommandBar, edit: (line: LineEditor) => LineEditor): CommandBar => ({
  ...bar,
  line: edit(bar.line),
});

export const noticed = (bar: CommandBar, text: string): CommandBar => ({ ...bar, notice: warning(text) });

export const withHelp = (bar: CommandBar): CommandBar => ({ ...bar, answer: help });

const warning = (text: string): Notice => ({ text, tone: 'warning' });

const problemLine = ({ message, hint }: Problem): string => (hint === undefined ? message : `${message}; ${hint}`);

const confirmed = (action: Action, word: string): Action => ({ ...action, confirm: word }) as Action;

const commonStart = (options: readonly string[]): string =>
  options.reduce((common, option) => {
    let length = 0;
    while (length < common.length && common[length] === option[length]) length++;
    return common.slice(0, length);
  });

const help: Answer = {
  title: 'Words, Tab completes',
  lines: wordNames.flatMap((name) => [usageOf(name), `    ${words[name].does}`]),
  from: 'start',
};
