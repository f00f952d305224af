/** Fills a parsed template, as Go's text/template does. */
import type { TemplateFunction } from './functions.ts';
import type { Part, Pipeline, Term } from './parse.ts';
import { goType, isTrue, showValue, sortedEntries, typeOf, type TemplateValue } from './value.ts';

export type Filling = {
  readonly dot: TemplateValue;
  /** Besides `$`, which is the dot. */
  readonly variables?: Readonly<Record<string, TemplateValue>>;
  readonly functions: Readonly<Record<string, TemplateFunction>>;
  /** What `template` can name. */
  readonly defined: ReadonlyMap<string, readonly Part[]>;
};

/** @throws {Error} when a function fails, or a field, method or template is asked for that is not there. */
export const fill = (parts: readonly Part[], filling: Filling): string => fillNested(parts, filling, 0);

/** Go gives up there, too, on templates that call themselves for ever; a small stack does not reach Go's 100,000. */
const deepest = 500;

const fillNested = (parts: readonly Part[], filling: Filling, depth: number): string => {
  if (depth > deepest) throw new Error('templates call each other too deeply');
  const expansion = new Expansion(filling, depth);
  expansion.fill(parts);
  return expansion.text;
};

/** What ends a round of a loop early. */
class Jump extends Error {
  readonly kind: 'break' | 'continue';
  constructor(kind: 'break' | 'continue') {
    super(kind);
    this.kind = kind;
  }
}

class Expansion {
  text = '';
  readonly #filling: Filling;
  readonly #depth: number;
  readonly #variables: Map<string, TemplateValue>[];
  #dot: TemplateValue;

  constructor(filling: Filling, depth: number) {
    this.#filling = filling;
    this.#depth = depth;
    this.#dot = filling.dot;
    this.#variables = [new Map([['$', filling.dot], ...Object.entries(filling.variables ?? {})])];
  }

  fill(parts: readonly Part[]): void {
    for (const part of parts) this.#fillOne(part);
  }

  #fillOne(part: Part): void {
    switch (part.kind) {
      case 'text':
        this.text += part.text;
        return;
      case 'show': {
        const value = this.#run(part.pipeline);
        if (part.pipeline.variable === undefined) this.text += showValue(value);
        return;
      }
      case 'if':
      case 'with':
        this.#scoped(() => {
          const value = this.#run(part.test);
          if (!isTrue(value)) return this.fill(part.otherwise);
          if (part.kind === 'with') this.#dot = value;
          return this.fill(part.then);
        });
        return;
      case 'range':
        this.#scoped(() => this.#range(part));
        return;
      case 'template':
        this.#call(part);
        return;
      case 'break':
      case 'continue':
        throw new Jump(part.kind);
      default:
        part satisfies never;
    }
  }

  #range({ test, then, otherwise }: Extract<Part, { kind: 'if' | 'with' | 'range' }>): void {
    const { variable, ...pipeline } = test;
    const entries = sortedEntries(this.#run(pipeline));
    if (entries.length === 0) return this.fill(otherwise);
    for (const [index, item] of entries) {
      const round = (): void => {
        this.#dot = item;
        const scope = this.#variables.at(-1);
        if (variable !== undefined) scope?.set(variable.name, item);
        if (variable?.index !== undefined) scope?.set(variable.index, index);
        this.fill(then);
      };
      try {
        this.#scoped(round);
      } catch (error) {
        if (!(error instanceof Jump)) throw error;
        if (error.kind === 'break') return;
      }
    }
  }

  #call({ name, dot }: Extract<Part, { kind: 'template' }>): void {
    const parts = this.#filling.defined.get(name);
    if (parts === undefined) throw new Error(`template ${JSON.stringify(name)} not defined`);
    const { functions, defined } = this.#filling;
    const value = dot === undefined ? undefined : this.#run(dot);
    this.text += fillNested(parts, { dot: value, functions, defined }, this.#depth + 1);
  }

  #scoped(act: () => void): void {
    const outer = this.#dot;
    const depth = this.#variables.push(new Map());
    try {
      act();
    } finally {
      this.#variables.length = depth - 1;
      this.#dot = outer;
    }
  }

  #run({ commands, variable }: Pipeline): TemplateValue {
    let value: TemplateValue;
    commands.forEach((terms, index) => {
      value = this.#command(terms, index === 0 ? [] : [value]);
    });
    if (variable !== undefined) this.#assign(variable, value);
    return value;
  }

  #assign({ name, declares }: NonNullable<Pipeline['variable']>, value: TemplateValue): void {
    const scope = declares ? this.#variables.at(-1) : this.#variables.findLast((each) => each.has(name));
    if (scope === undefined) throw new Error(`undefined variable "${name}"`);
    scope.set(name, value);
  }

  /** A function or method takes what stands behind it, and last what is piped into it. */
  #command([first, ...rest]: readonly Term[], piped: readonly TemplateValue[]): TemplateValue {
    const args = [...rest.map((term) => this.#value(term, [])), ...piped];
    if (first === undefined) throw new Error("can't give argument to non-function");
    return this.#value(first, args);
  }

  #value(term: Term, args: readonly TemplateValue[]): TemplateValue {
    switch (term.kind) {
      case 'literal':
        return fieldOf(term.value, [], args);
      case 'function':
        return this.#filling.functions[term.name]!(...args);
      case 'dot':
        return fieldOf(this.#dot, term.fields, args);
      case 'parens':
        return fieldOf(this.#run(term.pipeline), term.fields, args);
      case 'variable': {
        const scope = this.#variables.findLast((each) => each.has(term.name));
        if (scope === undefined) throw new Error(`undefined variable "${term.name}"`);
        return fieldOf(scope.get(term.name), term.fields, args);
      }
      default:
        return term satisfies never;
    }
  }
}

/** Follows `.a.b`; what is last may be a method that takes `args`. In a map, what is not there is empty. */
const fieldOf = (value: TemplateValue, fields: readonly string[], args: readonly TemplateValue[]): TemplateValue => {
  let inner = value;
  for (const [index, field] of fields.entries()) {
    const taken = index === fields.length - 1 ? args : [];
    const about = typeOf(inner);
    const method = about?.methods?.[field];
    if (method !== undefined) {
      inner = method(...taken);
      continue;
    }
    if (taken.length > 0) throw new Error(`${field} has arguments but cannot be invoked as function`);
    if (!(inner instanceof Map) || (about?.isStruct === true && !inner.has(field)))
      throw new Error(`can't evaluate field ${field} in type ${goType(inner)}`);
    inner = inner.has(field) ? (inner.get(field) as TemplateValue) : '';
  }
  if (fields.length === 0 && args.length > 0) throw new Error("can't give argument to non-function");
  return inner;
};
