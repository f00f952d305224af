/** The executable runbook: a Markdown file that people read on any forge, and that `gameday` can follow step by step. */
import { posix } from 'node:path';
import type { Problem } from '../errors.ts';
import type { Ms } from '../units.ts';
import type { Placed, Read, Source } from './document.ts';
import { operandsOf } from './expression-evaluation.ts';
import type { Expression } from './expression.ts';
import { parseMarkdown } from './markdown.ts';
import { readFrontMatter } from './runbook-front-matter.ts';
import { sectionOf } from './runbook-sections.ts';
import { readStep } from './runbook-step.ts';
import { loadSqlParser } from './sql-danger.ts';
import { suggestName } from './suggestion.ts';

export type Section =
  | 'meaning'
  | 'impact'
  | 'prerequisites'
  | 'diagnosis'
  | 'mitigation'
  | 'verification'
  | 'rollback'
  | 'escalation'
  | 'other';
export type Danger = 'read' | 'write' | 'restart' | 'destroy';

/** Who a step logs in as. `via: direct` does not pass the fault proxy; `service` is the way the service itself takes. */
export type RunbookConnection = { readonly name: string; readonly role: string; readonly via: 'direct' | 'service' };

export type Step = Placed & {
  readonly name: string;
  readonly section: Section;
  readonly language: 'sql' | 'sh' | 'promql';
  /** The text to run; for `sql` split into single statements. */
  readonly body: string;
  readonly statements: readonly string[];
  readonly danger: Danger;
  readonly on?: RunbookConnection;
  readonly expect?: Expression;
  /** Polled every `everyMs` until true or until `timeoutMs` has passed. */
  readonly until?: Expression;
  readonly everyMs: Ms;
  readonly timeoutMs: Ms;
  readonly capture?: string;
  readonly undo?: string;
};

export type Runbook = {
  readonly file: string;
  readonly title: string;
  readonly alerts: readonly string[];
  readonly owner?: string;
  readonly withinMs?: Ms;
  /** Document order; only these run in order: prerequisites, diagnosis, mitigation, verification. */
  readonly steps: readonly Step[];
  /** Steps of the section Rollback: never run in order. */
  readonly rollback: readonly Step[];
  /** GitHub slugs of all headings, for anchors in runbook_url. */
  readonly anchors: readonly string[];
};

const bytesMax = 1_048_576;
const blocksMax = 2_000;

/** Asynchronous only because the SQL parser is loaded once. */
export const readRunbook = async ({ file, text }: Source): Promise<Read<Runbook>> => {
  const start = { file, line: 1, column: 1 };
  const tooLarge = (what: string, hint: string): Read<Runbook> => ({
    ok: false,
    problems: [{ message: what, at: start, hint }],
  });
  if (Buffer.byteLength(text) > bytesMax)
    return tooLarge('the runbook is larger than 1 MiB', 'split it: one file per alert');
  await loadSqlParser();

  const markdown = parseMarkdown(text);
  const blocks = markdown.sections.flatMap((section) => section.blocks);
  if (blocks.length > blocksMax)
    return tooLarge(
      `the runbook has ${blocks.length} code blocks; expected ${blocksMax} at most`,
      'split it: one file per alert',
    );
  const frontMatter = readFrontMatter(file, markdown.frontMatter);
  const problems: Problem[] = frontMatter.ok ? [] : [...frontMatter.problems];
  const { connections, timeoutMs, alerts, owner, withinMs, title } = frontMatter.ok
    ? frontMatter.value
    : { alerts: [], connections: undefined };

  const lines = text.split(/\r\n|\r|\n/);
  const steps: Step[] = [];
  const ordinals = new Map<string, number>();
  for (const { title: heading, blocks: codes } of markdown.sections) {
    const section = sectionOf(heading);
    for (const block of codes) {
      const ordinal = (ordinals.get(block.heading) ?? 0) + 1;
      const read = readStep(block, {
        file,
        lines,
        section,
        ...(connections === undefined ? {} : { connections }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ordinal,
      });
      if (read === undefined) continue;
      ordinals.set(block.heading, ordinal);
      if (read.step !== undefined) steps.push(read.step);
      problems.push(...read.problems);
    }
  }
  problems.push(...crossProblems(steps));
  if (problems.length > 0)
    return { ok: false, problems: problems.toSorted((a, b) => (a.at?.line ?? 0) - (b.at?.line ?? 0)) };
  const runbook: Runbook = {
    file,
    title: markdown.title ?? title ?? posix.basename(file).replace(/\.md$/i, ''),
    alerts,
    ...(owner === undefined ? {} : { owner }),
    ...(withinMs === undefined ? {} : { withinMs }),
    steps: steps.filter(({ section }) => section !== 'rollback'),
    rollback: steps.filter(({ section }) => section === 'rollback'),
    anchors: markdown.anchors,
  };
  return { ok: true, value: runbook };
};

/** What no step can know alone: names are unique, an undo lies in Rollback, an expression asks only for what came before. */
const crossProblems = (steps: readonly Step[]): readonly Problem[] => {
  const problems: Problem[] = [];
  const rollback = steps.filter(({ section }) => section === 'rollback').map(({ name }) => name);
  const earlier: string[] = [];
  const captured: string[] = [];
  for (const { at, name, undo, expect, until, capture } of steps) {
    if (earlier.includes(name))
      problems.push({ message: `two steps are called "${name}"`, at, hint: 'give one of them another name' });
    if (undo !== undefined && !rollback.includes(undo)) {
      const message = `undo is "${undo}"; expected a step of the section Rollback, or none`;
      problems.push({ message, at, hint: suggestName(undo, [...rollback, 'none']) });
    }
    for (const operand of [expect, until].flatMap((expression) =>
      expression === undefined ? [] : operandsOf(expression.root),
    )) {
      if (operand.type === 'measure' && operand.of !== undefined && !earlier.includes(operand.of)) {
        const message = `${operand.text} asks for step "${operand.of}"; expected a step before "${name}"`;
        problems.push({ message, at, hint: suggestName(operand.of, earlier) });
      }
      if (operand.type === 'variable' && !captured.includes(operand.name)) {
        const message = `${operand.text} is captured by no step before "${name}"`;
        problems.push({ message, at, hint: `add "capture":"${operand.name}" to the step that finds it` });
      }
    }
    earlier.push(name);
    if (capture !== undefined) captured.push(capture);
  }
  return problems;
};
