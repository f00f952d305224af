/** The attributes of a code block, checked one by one; what they mean together is `runbook-step.ts`. */
import type { Place, Problem } from '../errors.ts';
import { parseDuration, type Ms } from '../units.ts';
import { readInfo } from './block-attributes.ts';
import { parseExpression, type Expression } from './expression.ts';
import type { CodeBlock } from './markdown.ts';
import type { Step } from './runbook.ts';
import { dangers } from './sql-danger.ts';
import { nearestName, suggestName } from './suggestion.ts';

/** The same word for all spellings of a language; `unsupported` is a language of the format that cannot be followed yet. */
const languages: ReadonlyMap<string, Step['language'] | 'unsupported'> = new Map([
  ['sql', 'sql'],
  ['postgresql', 'sql'],
  ['psql', 'sql'],
  ['sh', 'sh'],
  ['bash', 'sh'],
  ['shell', 'sh'],
  ['promql', 'promql'],
  ['http', 'unsupported'],
  ['alert', 'unsupported'],
  ['decision', 'unsupported'],
  ['console', 'unsupported'],
  ['expect', 'unsupported'],
]);

const supported = 'name danger on role expect until every timeout capture undo effect confirm idempotent ci'.split(' ');
/** They change what a step does and cannot be followed yet: refused rather than ignored. */
const notYet = ['when', 'retry', 'sensitive', 'cwd'];
/** Any of these makes a block a step. */
const ours = [...supported, ...notYet];
/** Runme's own keys are left alone. */
const runme =
  'tag tags category interactive excludeFromRunAll ignore transform promptEnv interpreter id background mimetype'.split(
    ' ',
  );

const values: Readonly<Record<string, readonly string[]>> = {
  danger: dangers,
  effect: ['look', 'fix', 'guard', 'notify'],
  confirm: ['yes', 'no'],
  ci: ['run'],
};

export type Report = (message: string, hint: string, place?: Place) => void;

export type StepAttributes = {
  readonly language: Step['language'];
  readonly at: Place;
  /** Problems already found; `report` adds to them. */
  readonly problems: readonly Problem[];
  readonly report: Report;
  readonly get: (key: string) => string | undefined;
  readonly placeOf: (key: string) => Place;
  readonly duration: (key: string, otherwise: Ms) => Ms;
  readonly expression: (key: string) => Expression | undefined;
};

/** What the attributes of a block come to: an example for people, a step, or only problems because they cannot be read. */
export type ReadAttributes =
  | { readonly type: 'example' }
  | { readonly type: 'unreadable'; readonly problem: Problem }
  | { readonly type: 'step'; readonly attributes: StepAttributes };

/** @param line The whole line of the opening fence, to find an attribute's column. */
export const readAttributes = (block: CodeBlock, file: string, line: string): ReadAttributes => {
  const info = readInfo(block.info);
  const language = languages.get(info.language);
  if (language === undefined) return { type: 'example' };
  const at: Place = { file, line: block.line, column: block.column };
  if (!info.ok) {
    // Braces belong to many tools; what names none of our attributes was not meant for us.
    const isMeant = ours.some((key) => new RegExp(String.raw`["'{\s]${key}["']?\s*[=:]`).test(block.info));
    return isMeant
      ? { type: 'unreadable', problem: { message: info.message, at, hint: info.hint } }
      : { type: 'example' };
  }
  const written = info.attributes;
  const isOff = written.get('transform') === 'false' || ['true', '1', 'yes'].includes(written.get('ignore') ?? '');
  const isOurs = [...written.keys()].some((key) => ours.includes(key) || lookalikeOf(key) !== undefined);
  // An expectation that nobody judges would be worse than none, and it carries `ignore` only so that Runme skips it.
  const isExpectation = info.language === 'expect' && info.written;
  if ((isOff || !isOurs) && !isExpectation) return { type: 'example' };
  if (language === 'unsupported') {
    const message = `blocks of language "${info.language}" are not supported yet`;
    return {
      type: 'unreadable',
      problem: { message, at, hint: 'write the step as sql, sh or promql, or remove its attributes' },
    };
  }

  const problems: Problem[] = [];
  const report: Report = (message, hint, place = at) => void problems.push({ message, at: place, hint });
  const columnOf = (key: string): number => {
    const quoted = line.indexOf(`"${key}"`);
    const bare = line.search(new RegExp(String.raw`[{\s]${key}=`));
    return quoted >= 0 ? quoted : bare >= 0 ? bare + 1 : block.column - 1;
  };
  const placeOf = (key: string): Place => ({ ...at, column: columnOf(key) + 1 });
  for (const [key, value] of written) {
    const nearest = lookalikeOf(key);
    const allowed = values[key];
    if (notYet.includes(key)) report(`attribute "${key}" is not supported yet`, `remove "${key}"`, placeOf(key));
    else if (nearest !== undefined) report(`unknown attribute "${key}"`, `did you mean "${nearest}"?`, placeOf(key));
    else if (allowed !== undefined && !allowed.includes(value))
      report(`${key} is "${value}"; expected ${allowed.join(', ')}`, suggestName(value, allowed), placeOf(key));
  }
  return {
    type: 'step',
    attributes: {
      language,
      at,
      problems,
      report,
      get: (key) => written.get(key),
      placeOf,
      duration: (key, otherwise) => {
        const text = written.get(key);
        if (text === undefined) return otherwise;
        const length = parseDuration(text);
        if (length !== undefined && length > 0) return length;
        report(`${key} is "${text}"; expected a duration such as 30s or 5m`, `write ${key} like "30s"`, placeOf(key));
        return otherwise;
      },
      expression: (key) => {
        const text = written.get(key);
        if (text === undefined) return undefined;
        const parsed = parseExpression(text);
        if (parsed.ok) return parsed.expression;
        const start = line.indexOf(text, columnOf(key) + key.length + 1);
        const place = start < 0 ? placeOf(key) : { ...at, column: start + parsed.column };
        report(`${key}: ${parsed.message}`, 'write a comparison such as "value < 0.8"', place);
        return undefined;
      },
    },
  };
};

/** The attribute of ours that an unknown one was probably meant to be. */
const lookalikeOf = (key: string): string | undefined =>
  ours.includes(key) || runme.includes(key) || key.length < 2 ? undefined : nearestName(key, ours);
