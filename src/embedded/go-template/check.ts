/** What Go refuses when a template is loaded, before there is anything to fill it with: names that nobody defined. */
import type { Parsed, Part, Pipeline, Term } from './parse.ts';

/**
 * @param variables That are there before the text begins; `$` always is.
 * @throws {Error} at the first function that is not among `functions`, or variable that was not declared before it.
 */
export const checkTemplate = (
  { parts, defined }: Parsed,
  functions: ReadonlySet<string>,
  variables: readonly string[] = [],
): void => {
  checkParts(parts, functions, new Set(['$', ...variables]));
  for (const inside of defined.values()) checkParts(inside, functions, new Set(['$']));
};

/** @param known Grows by what the parts declare. */
const checkParts = (parts: readonly Part[], functions: ReadonlySet<string>, known: Set<string>): void => {
  for (const part of parts) {
    if (part.kind === 'text' || part.kind === 'break' || part.kind === 'continue') continue;
    if (part.kind === 'template') {
      if (part.dot !== undefined) checkPipeline(part.dot, functions, known);
      continue;
    }
    if (part.kind === 'show') {
      checkPipeline(part.pipeline, functions, known);
      continue;
    }
    const inside = new Set(known);
    checkPipeline(part.test, functions, inside);
    checkParts(part.then, functions, new Set(inside));
    checkParts(part.otherwise, functions, new Set(inside));
  }
};

const checkPipeline = ({ commands, variable }: Pipeline, functions: ReadonlySet<string>, known: Set<string>): void => {
  for (const term of commands.flat()) checkTerm(term, functions, known);
  if (variable === undefined) return;
  if (!variable.declares && !known.has(variable.name)) throw new Error(`undefined variable "${variable.name}"`);
  known.add(variable.name);
  if (variable.index !== undefined) known.add(variable.index);
};

const checkTerm = (term: Term, functions: ReadonlySet<string>, known: Set<string>): void => {
  if (term.kind === 'parens') checkPipeline(term.pipeline, functions, known);
  if (term.kind === 'function' && !functions.has(term.name)) throw new Error(`function "${term.name}" not defined`);
  if (term.kind === 'variable' && !known.has(term.name)) throw new Error(`undefined variable "${term.name}"`);
};
