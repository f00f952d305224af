/**
 * The words of a responder, as a table: what each takes and which action it comes to. Parsing, completion and help read it,
 * so that none of them knows a word that another does not.
 */
import type { Briefing } from './briefing.ts';
import { logNames } from './action.ts';

/** What may be named. Everything in it has been told to the responder already: truth and distractors alike. */
export type Vocabulary = Pick<Briefing, 'components' | 'causes' | 'roles' | 'runbooks'> & {
  /** Those that have reached the team; null where nobody knows here, and the conductor judges. */
  readonly alerts: readonly string[] | null;
};

export type Slot = {
  /** As in the usage: `COMPONENT`. */
  readonly name: string;
  readonly optional: boolean;
  /**
   * `word`: one word. `name`: whatever is left. Either may stand in quotes, as in JSON. `text`: whatever is left, as it was
   * written. `pairs`: NAME=VALUE, any number of them.
   */
  readonly takes: 'word' | 'name' | 'text' | 'pairs';
  /** Stands before the value and is no part of it. */
  readonly keyword?: string;
  /** null: anything. */
  readonly oneOf: (vocabulary: Vocabulary) => readonly string[] | null;
};

export type Word = {
  readonly does: string;
  readonly slots: readonly Slot[];
  /** What goes to `Action` to be checked; undefined for what was left out. */
  readonly action: (values: readonly (string | undefined)[]) => Readonly<Record<string, unknown>>;
};

type Choices = (vocabulary: Vocabulary) => readonly string[] | null;

const anything: Choices = () => null;
const word = (shown: string, oneOf: Choices = anything): Slot => ({
  name: shown,
  optional: false,
  takes: 'word',
  oneOf,
});
const name = (shown: string, oneOf: Choices = anything): Slot => ({ ...word(shown, oneOf), takes: 'name' });
const text = (shown: string): Slot => ({ ...word(shown), takes: 'text' });
const optional = (slot: Slot): Slot => ({ ...slot, optional: true });
const choice = (...options: readonly string[]): Slot => word(options.join('|'), () => options);

export const statuses = ['suspected', 'confirmed', 'ruled-out'] as const;

/** In the order of an incident. */
export const words = {
  ack: {
    does: 'acknowledge an alert, or whatever is firing',
    slots: [optional(name('ALERT', ({ alerts }) => alerts))],
    action: ([alert]) => ({ do: 'acknowledge', alert }),
  },
  focus: {
    does: 'say which component you look at',
    slots: [name('COMPONENT', ({ components }) => components)],
    action: ([component]) => ({ do: 'focus', component }),
  },
  hyp: {
    does: 'say what you think is broken',
    slots: [
      word('COMPONENT/CLASS', ({ causes }) => causes),
      optional(choice(...statuses)),
      { ...optional(text('REASON')), keyword: 'because' },
    ],
    action: ([cause, status = 'suspected', because]) => ({ do: 'hypothesise', cause, status, because }),
  },
  sev: {
    does: 'declare the severity',
    slots: [choice('1', '2', '3', '4')],
    action: ([level]) => ({ do: 'declareSeverity', severity: `SEV-${level}` }),
  },
  lead: {
    does: 'say who leads',
    slots: [name('NAME')],
    action: ([lead]) => ({ do: 'nameLead', lead }),
  },
  escalate: {
    does: 'call for help',
    slots: [word('ROLE', ({ roles }) => roles), optional(text('REASON'))],
    action: ([to, reason]) => ({ do: 'escalate', to, reason }),
  },
  update: {
    does: 'tell the stakeholders',
    slots: [text('TEXT')],
    action: ([said]) => ({ do: 'update', text: said }),
  },
  note: {
    does: 'write something down; text that begins with none of these words is a note, too',
    slots: [text('TEXT')],
    action: ([said]) => ({ do: 'note', text: said }),
  },
  runbook: {
    does: 'read a runbook: the one behind the alert, or another',
    slots: [optional(name('NAME', ({ runbooks }) => runbooks))],
    action: ([runbook]) => ({ do: 'openRunbook', runbook }),
  },
  run: {
    does: 'run a step of the runbook that you read last, by name or number',
    slots: [name('STEP')],
    action: ([step]) => ({ do: 'runStep', step }),
  },
  helped: {
    does: 'say whether a step helped',
    slots: [word('STEP'), choice('yes', 'no')],
    action: ([step, helpful]) => ({ do: 'rateStep', step, helpful: helpful === 'yes' }),
  },
  sql: {
    does: 'ask the database, read-only, as the on-call role',
    slots: [text('QUERY')],
    action: ([query]) => ({ do: 'sql', text: query }),
  },
  logs: {
    does: 'read the end of a log, perhaps only lines with this text',
    slots: [choice(...logNames), optional(text('FILTER'))],
    action: ([of, filter]) => ({ do: 'logs', of, filter }),
  },
  promql: {
    does: 'ask the monitoring',
    slots: [text('QUERY')],
    action: ([query]) => ({ do: 'promql', text: query }),
  },
  'env restart': {
    does: 'restart the server or the service',
    slots: [choice('postgres', 'service')],
    action: ([target]) => ({ do: 'restart', target }),
  },
  'env configure': {
    does: "change the service's settings; a restart makes them take effect",
    slots: [choice('service'), { ...word('NAME=VALUE…'), takes: 'pairs' }],
    action: ([target, pairs]) => ({ do: 'configure', target, settings: JSON.parse(pairs ?? '{}') as unknown }),
  },
  mitigated: {
    does: 'claim that the users are well again',
    slots: [],
    action: () => ({ do: 'claim', claim: 'mitigated' }),
  },
  resolved: {
    does: 'claim that it is over',
    slots: [],
    action: () => ({ do: 'claim', claim: 'resolved' }),
  },
  hint: {
    does: 'ask for help; its price is told first',
    slots: [optional(choice('nudge', 'pointer', 'solution'))],
    action: ([level]) => ({ do: 'hint', level }),
  },
  stop: {
    does: 'the red button: undo everything now and end the drill',
    slots: [optional(text('REASON'))],
    action: ([reason]) => ({ do: 'stop', reason }),
  },
} as const satisfies Readonly<Record<string, Word>>;

export type WordName = keyof typeof words;
export const wordNames = Object.keys(words) as readonly WordName[];

/** `hyp COMPONENT/CLASS [suspected|confirmed|ruled-out] [because REASON]` */
export const usageOf = (wordName: WordName): string => {
  const { slots }: Word = words[wordName];
  const shown = slots.map(({ name: slot, optional: left, keyword }) => {
    const whole = keyword === undefined ? slot : `${keyword} ${slot}`;
    return left ? `[${whole}]` : whole;
  });
  return [wordName, ...shown].join(' ');
};
