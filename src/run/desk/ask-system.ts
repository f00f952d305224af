/** Questions to the system: each is answered as the system answers, and written down with the first lines of what it said. */
import type { LogName, Reply } from '../../drill/action.ts';
import { reasonOf } from '../../errors.ts';
import type { Actor, JournalFact } from '../../journal/events.ts';
import { queryAtSpeed } from '../query-at-speed.ts';
import type { Stage } from '../stage.ts';
import { askPrometheus } from '../steps/promql-step.ts';
import { askSql, type Answer } from './ask-sql.ts';
import { countOf, textTable } from './text-table.ts';

export type Question =
  | { readonly do: 'sql' | 'promql'; readonly text: string }
  | { readonly do: 'logs'; readonly of: LogName; readonly filter?: string | undefined };

export type AskParts = {
  readonly runId: string;
  readonly speed: number;
  readonly record: (fact: JournalFact) => void;
};

const logBytes = 512 * 1_024;
const linesMax = 200;
const promqlWithinMs = 5_000;
/** Of an answer, for who reads the run later. */
const kept = { lines: 20, characters: 200 };

const logComponents = {
  postgres: 'database',
  shop: 'service',
  access: 'web-server',
} as const satisfies Record<LogName, string>;

/** What a question is about, where that is plain. */
const componentOf = (asked: Question): string | null => {
  if (asked.do === 'logs') return logComponents[asked.of];
  return asked.do === 'sql' ? 'database' : null;
};

export const askSystem = async (asked: Question, by: Actor, stage: Stage, parts: AskParts): Promise<Reply> => {
  const { ok, summary, lines } = await answerTo(asked, stage, parts);
  parts.record({
    type: 'team.queried',
    by,
    tool: asked.do,
    component: componentOf(asked),
    text: wordsOf(asked),
    ok,
    summary,
    output: lines.slice(0, kept.lines).map((line) => line.slice(0, kept.characters)),
  });
  return { type: 'done', title: summary, lines };
};

const wordsOf = (asked: Question): string =>
  asked.do === 'logs' ? [asked.of, ...(asked.filter === undefined ? [] : [asked.filter])].join(' ') : asked.text;

const answerTo = async (asked: Question, stage: Stage, { runId, speed }: AskParts): Promise<Answer> => {
  const { environment, signal } = stage;
  switch (asked.do) {
    case 'sql':
      return askSql(asked.text, {
        connectionString: environment.postgres.connectionString(environment.postgres.onCallRole, 'direct'),
        applicationName: `gameday/${runId}/sql`,
        signal,
      });
    case 'promql':
      return askMetrics(environment.prometheusUrl, queryAtSpeed(asked.text, speed), signal);
    case 'logs':
      return readLog(stage, asked);
    default:
      return asked satisfies never;
  }
};

const askMetrics = async (prometheusUrl: string, query: string, signal: AbortSignal): Promise<Answer> => {
  const bound = AbortSignal.any([signal, AbortSignal.timeout(promqlWithinMs)]);
  const attempt = await askPrometheus(prometheusUrl, query, bound);
  if (attempt.type === 'stopped')
    return { ok: false, summary: `not answered within ${promqlWithinMs / 1_000} s`, lines: [] };
  if (attempt.type === 'refused') return { ok: false, summary: attempt.reason, lines: [attempt.reason] };
  const { rows } = attempt.facts;
  const columns = [
    { name: 'labels', numeric: false },
    { name: 'value', numeric: true },
  ];
  const shown = rows
    .slice(0, linesMax)
    .map(({ value, ...labels }) => [labelsOf(labels), value === null ? 'NaN' : String(value)]);
  const summary = countOf(rows.length, 'sample');
  const [only] = rows;
  return {
    ok: true,
    summary: rows.length === 1 ? `${only?.['value'] ?? 'NaN'}` : summary,
    lines: rows.length === 0 ? [] : [...textTable(columns, shown), `(${summary})`],
  };
};

const labelsOf = (labels: Readonly<Record<string, unknown>>): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(', ')}}`;

const readLog = async ({ environment }: Stage, { of, filter }: Extract<Question, { do: 'logs' }>): Promise<Answer> => {
  try {
    const all = (await environment.logTail(of, logBytes)).split('\n').filter((line) => line !== '');
    const found = filter === undefined ? all : all.filter((line) => line.includes(filter));
    const lines = found.slice(-linesMax);
    const summary = `${found.length > linesMax ? `the last ${linesMax} lines` : countOf(lines.length, 'line')} of ${of}`;
    return { ok: true, summary, lines };
  } catch (error) {
    return { ok: false, summary: `the log cannot be read: ${reasonOf(error)}`, lines: [] };
  }
};
