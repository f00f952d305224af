/** One annotated code block of a runbook → a step, and all that is wrong with it. */
import type { Place, Problem } from '../errors.ts';
import { minutes, seconds, type Ms } from '../units.ts';
import { slugOf, type CodeBlock } from './markdown.ts';
import type { Danger, RunbookConnection, Section, Step } from './runbook.ts';
import { orderedSections, readingSections } from './runbook-sections.ts';
import { shellJudgement } from './shell-danger.ts';
import { dangers, readSql, type Judgement } from './sql-danger.ts';
import { readAttributes, type Report, type StepAttributes } from './step-attributes.ts';
import { suggestName } from './suggestion.ts';

const bytesMax = 65_536;

export type StepSurroundings = {
  readonly file: string;
  /** The document's lines. */
  readonly lines: readonly string[];
  readonly section: Section;
  /** Absent where the front matter could not be read: then no connection is missed. */
  readonly connections?: readonly RunbookConnection[];
  /** The runbook's own default. */
  readonly timeoutMs?: Ms;
  /** 1 for the first step below a heading, and so on; names a step that has no name. */
  readonly ordinal: number;
};

export type ReadStep = { readonly step?: Step; readonly problems: readonly Problem[] };

/** @returns undefined for a block that is only an example. */
export const readStep = (block: CodeBlock, surroundings: StepSurroundings): ReadStep | undefined => {
  const { file, lines, section, connections, timeoutMs, ordinal } = surroundings;
  const read = readAttributes(block, file, lines[block.line - 1] ?? '');
  if (read.type === 'example') return undefined;
  if (read.type === 'unreadable') return { problems: [read.problem] };
  const { attributes } = read;
  const { language, at, report, get, placeOf } = attributes;

  const name = get('name') ?? `${slugOf(block.heading)}-${ordinal}`;
  checkBlock(name, block, section, attributes);
  const expect = attributes.expression('expect');
  const until = attributes.expression('until');
  if (get('expect') !== undefined && get('until') !== undefined)
    report(
      `step "${name}" has both expect and until`,
      'keep until to wait, or expect to judge once',
      placeOf('expect'),
    );
  if (get('every') !== undefined && get('until') === undefined)
    report('every belongs to until, and there is none', 'add "until", or remove "every"', placeOf('every'));
  const on = connections && connectionFor(name, connections, attributes);
  const undo = get('undo');
  const capture = get('capture');
  if (capture !== undefined && !/^[A-Za-z_]\w*$/.test(capture))
    report(
      `capture is "${capture}"; expected letters, digits and _`,
      'name it like a variable: idle_count',
      placeOf('capture'),
    );
  const { statements, judgement } = readBody(language, block, file, report);

  const step: Step = {
    at,
    name,
    section,
    language,
    body: block.text,
    statements,
    danger: dangerOf(name, section, judgement, attributes),
    ...(on === undefined ? {} : { on }),
    ...(expect === undefined ? {} : { expect }),
    ...(until === undefined ? {} : { until }),
    everyMs: attributes.duration('every', seconds(5)),
    timeoutMs: attributes.duration('timeout', timeoutMs ?? (get('until') === undefined ? seconds(30) : minutes(2))),
    ...(capture === undefined ? {} : { capture }),
    ...(undo === undefined || undo === 'none' ? {} : { undo }),
  };
  return { step, problems: attributes.problems };
};

const checkBlock = (name: string, block: CodeBlock, section: Section, { report, placeOf }: StepAttributes): void => {
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(name))
    report(
      `a step cannot be called "${name}"; expected a small letter, then small letters, digits and -, 63 at most`,
      'add a "name" such as "raise-limit"',
      placeOf('name'),
    );
  if (section !== 'rollback' && !orderedSections.some((ordered) => ordered === section))
    report(
      `step "${name}" stands where steps are never followed (section ${section})`,
      'move it to Diagnosis, Mitigation, Verification or Rollback, or remove its attributes',
    );
  if (!block.closed)
    report(`the code block of step "${name}" is never closed`, 'close it with the same fence it begins with');
  if (block.text.trim() === '') report(`step "${name}" has no text`, 'write what to run between the fences');
  const bytes = Buffer.byteLength(block.text);
  if (bytes > bytesMax)
    report(`step "${name}" has ${bytes} bytes; expected ${bytesMax} at most`, 'move its text into a program');
};

/** A sole connection is the default; SQL cannot do without one. */
const connectionFor = (
  name: string,
  connections: readonly RunbookConnection[],
  { language, report, get, placeOf }: StepAttributes,
): RunbookConnection | undefined => {
  const names = connections.map((connection) => connection.name);
  const wanted = get('on');
  if (wanted !== undefined) {
    const chosen = connections.find((connection) => connection.name === wanted);
    if (chosen === undefined)
      report(`on is "${wanted}"; expected a connection of the front matter`, suggestName(wanted, names), placeOf('on'));
    return chosen;
  }
  if (connections.length === 1) return connections[0];
  if (language === 'sql' && names.length === 0)
    report(`step "${name}" runs SQL, but the runbook has no connection`, 'add gameday.connections to the front matter');
  else if (language === 'sql')
    report(`step "${name}" does not say on which connection it runs`, `add "on" with one of: ${names.join(', ')}`);
  return undefined;
};

/** The declared danger can only be worse than the one that shows. */
const dangerOf = (
  name: string,
  section: Section,
  shown: Judgement,
  { report, get, placeOf }: StepAttributes,
): Danger => {
  const declared = dangers.find((level) => level === get('danger')) ?? shown.danger;
  const isLess = dangers.indexOf(declared) < dangers.indexOf(shown.danger);
  if (isLess)
    report(
      `danger is "${declared}", but step "${name}" is at least "${shown.danger}": ${shown.because}`,
      `write "danger":"${shown.danger}", or remove it`,
      placeOf('danger'),
    );
  const danger = isLess ? shown.danger : declared;
  if (readingSections.includes(section) && danger !== 'read') {
    const because = shown.danger === 'read' ? `it declares "${danger}"` : shown.because;
    report(
      `steps under ${section} may only read, but "${name}" is "${danger}": ${because}`,
      'move the step to Mitigation',
    );
  }
  return danger;
};

type Body = { readonly statements: readonly string[]; readonly judgement: Judgement };

const readBody = (language: Step['language'], block: CodeBlock, file: string, report: Report): Body => {
  const reads: Body = { statements: [], judgement: { danger: 'read', because: 'it only reads' } };
  if (block.text.trim() === '' || language === 'promql') return reads;
  if (language === 'sh') return { statements: [], judgement: shellJudgement(block.text) };
  const read = readSql(block.text);
  if (read.ok) return read;
  const before = block.text.slice(0, read.offset).split('\n');
  const place: Place = { file, line: block.line + before.length, column: block.column + (before.at(-1)?.length ?? 0) };
  report(`SQL: ${read.message}`, sqlHint(block.text.split('\n')[before.length - 1] ?? ''), place);
  return reads;
};

/** What people paste most often that psql understands and a server does not. */
const sqlHint = (line: string): string => {
  if (/^\s*\\/.test(line)) return String.raw`commands of psql (\…) cannot be run here; write the SQL they stand for`;
  if (/(?<!:):["']?[A-Za-z_]/.test(line))
    return 'variables of psql (:name) are not supported yet; write the value itself';
  return 'write only SQL, without prompts and results';
};
