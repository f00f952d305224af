/**
 * The second renderer: the same drill as lines in and lines out, for a pipe, a dumb terminal or a screen reader. Whoever
 * began a drill and closes the input has gone: the run is stopped and everything restored.
 */
import type { Clock } from '../clock.ts';
import type { Action, Reply } from '../drill/action.ts';
import { parseCommand } from '../drill/command.ts';
import { usageOf, wordNames, words } from '../drill/words.ts';
import type { Problem } from '../errors.ts';
import type { JournalEvent } from '../journal/events.ts';
import { columns } from '../reports/plain-text.ts';
import { closingOf } from './closing.ts';
import type { DebriefAnswer, SessionAddress } from './ipc.ts';
import { chartWords, narrate, opening, sentence, startNarration, type Narration } from './narration.ts';
import { openSessionClient, type SessionClient } from './session-client.ts';
import { toCells } from './to-cells.ts';
import { vocabularyOf } from './vocabulary.ts';

export type PlainTerminal = {
  readonly write: (text: string) => void;
  /** Ends where the input ends. */
  readonly lines: AsyncIterator<string, unknown>;
  /** How wide the scorecard may be. */
  readonly columns: number;
  /** A person types here: a prompt helps. */
  readonly interactive: boolean;
};

/** How it went: to its end, left to go on without this terminal, or the conductor is gone. */
export type PlainEnd =
  | { readonly type: 'ended'; readonly journal: readonly JournalEvent[]; readonly answers: readonly DebriefAnswer[] }
  | { readonly type: 'left' }
  | { readonly type: 'lost' };

export type PlainParts = {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Who only took a drill up may not be the only one in it: then the run goes on, and notices when nobody is there. */
  readonly atEndOfInput: 'stop' | 'leave';
};

/** @param signal Aborted by Ctrl-C: stops the run, like the end of the input. */
export const playPlain = async (
  address: SessionAddress,
  terminal: PlainTerminal,
  { clock, signal, atEndOfInput }: PlainParts,
): Promise<PlainEnd> => {
  const page = linesOf(terminal);
  const over = Promise.withResolvers<'ended' | 'lost'>();
  const briefed = Promise.withResolvers<void>();
  let narration: Narration | undefined;
  const client = openSessionClient(
    address,
    {
      onBriefing: (briefing) => {
        if (narration === undefined) page.say(opening(briefing));
        narration ??= startNarration(briefing);
        briefed.resolve();
      },
      onEvent: (event) => {
        if (narration === undefined) return;
        const told = narrate(narration, event);
        narration = told.narration;
        page.say(told.lines);
        if (event.type === 'run.ended') over.resolve('ended');
      },
      onLink: (state) => {
        page.say([linkWords[state]]);
        if (state === 'lost') over.resolve('lost');
      },
    },
    clock,
  );
  const interrupted = new Promise<'interrupted'>((resolve) => {
    if (signal.aborted) resolve('interrupted');
    signal.addEventListener('abort', () => resolve('interrupted'), { once: true });
  });
  const stop = (reason: string): Promise<Reply> => client.act({ do: 'stop', reason });
  try {
    await Promise.race([briefed.promise, over.promise]);
    let unconfirmed: Unconfirmed | null = null;
    let inputLeft = true;
    for (;;) {
      page.ask();
      const line = await Promise.race([over.promise, interrupted, page.next()]);
      if (line === 'ended' || line === 'lost' || narration === undefined) break;
      if (line !== 'interrupted' && line.done === true && atEndOfInput === 'leave') return { type: 'left' };
      if (line === 'interrupted' || line.done === true) {
        inputLeft = false;
        page.say([line === 'interrupted' ? 'interrupted: restoring …' : 'end of input: stopping and restoring …']);
        await stop(line === 'interrupted' ? 'interrupted' : 'end of input');
        break;
      }
      const text = line.value.trim();
      if (text === 'quit' && unconfirmed === null) return { type: 'left' };
      unconfirmed = await answer(text, unconfirmed, narration, client, page);
    }
    if ((await over.promise) === 'lost') return { type: 'lost' };
    const journal = await client.journal();
    client.close(); // Nobody has to wait while the team thinks.
    const { report, questions } = closingOf(journal);
    page.say(report(columns).map((line) => toCells(line)));
    return { type: 'ended', journal, answers: inputLeft ? await debrief(questions, page) : [] };
  } finally {
    client.close();
  }
};

/** Question by question; an empty line leaves one out. */
const debrief = async (questions: readonly string[], page: Page): Promise<readonly DebriefAnswer[]> => {
  const answers: DebriefAnswer[] = [];
  for (const [index, question] of questions.entries()) {
    page.say([`Question ${index + 1} of ${questions.length}: ${toCells(question)}`]);
    page.ask();
    const line = await page.next();
    if (line.done === true) break;
    if (line.value.trim() !== '') answers.push({ question, answer: line.value.trim() });
  }
  return answers;
};

const linkWords = {
  ok: 'The run answers again.',
  stale: 'The run has not answered for 5 s.',
  lost: 'The run is gone. What it had broken is undone by its watchdog; gameday list runs tells.',
} as const;

type Page = ReturnType<typeof linesOf>;

/** What waits for a typed word. */
type Unconfirmed = { readonly action: Action; readonly word: string };

const answer = async (
  text: string,
  unconfirmed: Unconfirmed | null,
  { model }: Narration,
  client: SessionClient,
  page: Page,
): Promise<Unconfirmed | null> => {
  if (unconfirmed !== null) {
    if (text === unconfirmed.word) return reply({ ...unconfirmed.action, confirm: text } as Action, client, page);
    page.say(['Not done.']);
    return null;
  }
  if (text === '') return null;
  if (text === 'help') page.say(helpLines);
  else if (text === 'charts') page.say([sentence(model, model.atMs, chartWords(model) ?? 'nothing was measured yet')]);
  else {
    const read = parseCommand(text, vocabularyOf(model));
    if (read.ok) return reply(read.value, client, page);
    page.say(read.problems.flatMap(problemLines));
  }
  return null;
};

const reply = async (action: Action, client: SessionClient, page: Page): Promise<Unconfirmed | null> => {
  const answered = await client.act(action);
  page.say(replyLines(answered));
  return answered.type === 'confirm' ? { action, word: answered.word } : null;
};

/** What the conductor answered, one line each, safe to print. */
export const replyLines = (answered: Reply): readonly string[] => {
  switch (answered.type) {
    case 'done':
      return [toCells(answered.title), ...answered.lines.map((line) => `  ${toCells(line)}`.trimEnd())];
    case 'confirm':
      return [toCells(answered.says), `To do it, type: ${toCells(answered.word)}`];
    case 'refused':
      return problemLines({ message: answered.problem, ...(answered.hint === null ? {} : { hint: answered.hint }) });
    default:
      return answered satisfies never;
  }
};

const problemLines = ({ message, hint }: Problem): readonly string[] => [
  toCells(`error: ${message}`),
  ...(hint === undefined ? [] : [toCells(`  try  ${hint}`)]),
];

const helpLines: readonly string[] = [
  ...wordNames.map((name) => `${usageOf(name)}: ${words[name].does}`),
  'charts: what is measured now',
  'quit: leave; the run waits a minute for gameday resume, then restores',
];

/** Lines out, and one line in at a time: one that was waited for in vain is the next one all the same. */
const linesOf = ({ write, lines, interactive }: PlainTerminal) => {
  let asked = false;
  let waiting: Promise<IteratorResult<string, unknown>> | undefined;
  const ask = (): void => {
    if (interactive && !asked) write('> ');
    asked = interactive;
  };
  return {
    say: (text: readonly string[]): void => {
      if (text.length === 0) return;
      const reopen = asked;
      write(`${asked ? '\n' : ''}${text.join('\n')}\n`);
      asked = false;
      if (reopen) ask();
    },
    ask,
    next: async (): Promise<IteratorResult<string, unknown>> => {
      waiting ??= lines.next();
      const line = await waiting;
      waiting = undefined;
      asked = false;
      return line;
    },
  };
};
