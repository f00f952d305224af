/** Prometheus' `.test` scripts: what is loaded when, what is asked, and what the answer has to be. */
import { readFileSync } from 'node:fs';
import { parseNumber } from '../../src/promql/literals.ts';

/** A line such as `up{job="shop"} 1 1 _`, apart. */
export type SeriesLine = { readonly series: string; readonly points: string };

export type Question = {
  readonly expression: string;
  /** A step of 0: one moment. All times are in milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
};

export type Expected = {
  readonly fails: boolean;
  readonly ordered: boolean;
  readonly string?: string;
  /** The result is a range of samples, written from `startMs` on. */
  readonly matrix?: { readonly startMs: number; readonly stepMs: number };
  readonly lines: readonly string[];
};

export type Command =
  | { readonly type: 'clear' }
  | { readonly type: 'load'; readonly stepMs: number; readonly series: readonly SeriesLine[] }
  | { readonly type: 'ask'; readonly line: number; readonly question: Question; readonly expected: Expected };

export const readScript = (file: string): readonly Command[] => {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => (line.trim().startsWith('#') ? '' : line.trim()));
  const commands: Command[] = [];
  for (let at = 0; at < lines.length;) {
    const line = at + 1;
    const head = lines[at++]!;
    if (head === '') continue;
    const body: string[] = [];
    if (head !== 'clear') while (lines[at]) body.push(lines[at++]!);
    commands.push(commandOf(head, body, line));
  }
  return commands;
};

const commandOf = (head: string, body: readonly string[], line: number): Command => {
  if (head === 'clear') return { type: 'clear' };
  const step = /^load (\S+)$/.exec(head)?.[1];
  if (step !== undefined) return { type: 'load', stepMs: durationOf(step), series: body.map(seriesLine) };
  const range = /^eval\w* range from (\S+) to (\S+) step (\S+) (.*)$/.exec(head.replaceAll(/[ \t]+/g, ' '));
  const [from = '', to = '', by = ''] = range?.slice(1) ?? [];
  const instant = /^eval\w*\s+instant\s+(?:at\s+(\S+)\s+)?(.*)$/.exec(head);
  const atMs = durationOf(instant?.[1] ?? '0');
  if (range === null && instant === null) throw new Error(`line ${line} is no command: ${head}`);
  const question =
    range === null
      ? { expression: instant?.[2] ?? '', startMs: atMs, endMs: atMs, stepMs: 0 }
      : { expression: range[4] ?? '', startMs: durationOf(from), endMs: durationOf(to), stepMs: durationOf(by) };
  return { type: 'ask', line, question, expected: expectedOf(head, body) };
};

const expectedOf = (head: string, body: readonly string[]): Expected => {
  const isExpectation = (line: string): boolean => /^expect(?:ed_fail)?[ _]/.test(line);
  const expectations = body.filter(isExpectation);
  const string = expectations.map((line) => /^expect string (.*)$/.exec(line)?.[1]).find((text) => text !== undefined);
  const [, start, step] =
    expectations.map((line) => /^expect range vector from (\S+) to \S+ step (\S+)$/.exec(line)).find(Boolean) ?? [];
  return {
    fails: head.startsWith('eval_fail') || expectations.some((line) => /^expect fail|^expected_fail/.test(line)),
    ordered: head.startsWith('eval_ordered') || expectations.includes('expect ordered'),
    lines: body.filter((line) => !isExpectation(line)),
    ...(string === undefined ? {} : { string }),
    ...(start === undefined || step === undefined
      ? {}
      : { matrix: { startMs: durationOf(start), stepMs: durationOf(step) } }),
  };
};

const series = /^((?:[\w:.]+\s*)?\{(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|[^}"'`])*\}|[\w:.]+)\s*(.*)$/;

export const seriesLine = (line: string): SeriesLine => {
  const [, name, points] = series.exec(line) ?? [];
  if (name === undefined || points === undefined) throw new Error(`not a series: ${line}`);
  return { series: name, points };
};

/** A duration, or a number of seconds. */
const durationOf = (text: string): number => {
  const inSeconds = parseNumber(text.replace(/^-/, ''));
  if (inSeconds === undefined) throw new Error(`not a time: ${text}`);
  return inSeconds * (text.startsWith('-') ? -1_000 : 1_000);
};
