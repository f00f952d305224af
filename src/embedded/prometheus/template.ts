/** Fills the templates of an alert's annotations and labels. A template that fails never stops the alert. */
import type { Labels } from '../../promql/labels.ts';
import { reasonOf } from '../../errors.ts';
import type { VectorSample } from '../../promql/value.ts';
import { checkTemplate } from './template-check.ts';
import { dataFunctionNames, dataFunctions, functions, type TemplateFunction } from './template-functions.ts';
import { isTrue, showValue, sortedEntries, type TemplateValue } from './template-value.ts';
import { parseTemplate, type Part, type Pipeline, type Term } from './template-parse.ts';

export type TemplateData = {
  readonly labels: Labels;
  readonly value: number;
  readonly externalLabels: Labels;
  readonly externalUrl: string;
  /** The time of the evaluation, in milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** Answers a query of the template itself. @throws {Error} saying what is wrong with it. */
  readonly query: (expression: string) => readonly VectorSample[];
};

/** A template that was parsed; `text` is as written. */
export type Template = { readonly text: string; readonly parts: readonly Part[] };

/** @throws {Error} when `text` is no template. */
export const template = (text: string): Template => {
  const parts = parseTemplate(text);
  checkTemplate(parts, functionNames);
  return { text, parts };
};

const functionNames = new Set([...Object.keys(functions), ...dataFunctionNames]);

/** The filled text, or in its place Prometheus' own note that the template failed. */
export const expand = ({ parts }: Template, data: TemplateData): string => {
  try {
    return new Expansion(data).fill(parts);
  } catch (error) {
    return `<error expanding template: ${reasonOf(error)}>`;
  }
};

class Expansion {
  readonly #variables: Map<string, TemplateValue>[];
  readonly #functions: Readonly<Record<string, TemplateFunction>>;
  #dot: TemplateValue;

  constructor(data: TemplateData) {
    const { labels, value, externalLabels, externalUrl } = data;
    this.#functions = { ...functions, ...dataFunctions(data) };
    this.#dot = new Map<string, TemplateValue>([
      ['Labels', labels],
      ['Value', value],
      ['ExternalLabels', externalLabels],
      ['ExternalURL', externalUrl],
    ]);
    this.#variables = [
      new Map<string, TemplateValue>([
        ['$', this.#dot],
        ['$labels', labels],
        ['$value', value],
        ['$externalLabels', externalLabels],
        ['$externalURL', externalUrl],
      ]),
    ];
  }

  fill(parts: readonly Part[]): string {
    return parts.map((part) => this.#fillOne(part)).join('');
  }

  #fillOne(part: Part): string {
    switch (part.kind) {
      case 'text':
        return part.text;
      case 'show': {
        const value = this.#run(part.pipeline);
        return part.pipeline.variable === undefined ? showValue(value) : '';
      }
      case 'if':
      case 'with':
        return this.#scoped(() => {
          const value = this.#run(part.test);
          if (!isTrue(value)) return this.fill(part.otherwise);
          if (part.kind === 'with') this.#dot = value;
          return this.fill(part.then);
        });
      case 'range':
        return this.#scoped(() => this.#range(part));
      default:
        return part satisfies never;
    }
  }

  #range({ test, then, otherwise }: Extract<Part, { kind: 'if' | 'with' | 'range' }>): string {
    const { variable, ...pipeline } = test;
    const entries = sortedEntries(this.#run(pipeline));
    if (entries.length === 0) return this.fill(otherwise);
    return entries
      .map(([index, item]) =>
        this.#scoped(() => {
          this.#dot = item;
          const scope = this.#variables.at(-1);
          if (variable !== undefined) scope?.set(variable.name, item);
          if (variable?.index !== undefined) scope?.set(variable.index, index);
          return this.fill(then);
        }),
      )
      .join('');
  }

  #scoped(fill: () => string): string {
    const outer = this.#dot;
    this.#variables.push(new Map());
    const text = fill();
    this.#variables.pop();
    this.#dot = outer;
    return text;
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

  #command([first, ...rest]: readonly Term[], piped: readonly TemplateValue[]): TemplateValue {
    if (first?.kind === 'function') {
      return this.#functions[first.name]!(...rest.map((term) => this.#value(term)), ...piped);
    }
    if (first === undefined || rest.length > 0 || piped.length > 0)
      throw new Error("can't give argument to non-function");
    return this.#value(first);
  }

  #value(term: Term): TemplateValue {
    switch (term.kind) {
      case 'literal':
        return term.value;
      case 'function':
        return this.#command([term], []);
      case 'dot':
        return fieldOf(this.#dot, term.fields);
      case 'parens':
        return fieldOf(this.#run(term.pipeline), term.fields);
      case 'variable': {
        const scope = this.#variables.findLast((each) => each.has(term.name));
        if (scope === undefined) throw new Error(`undefined variable "${term.name}"`);
        return fieldOf(scope.get(term.name), term.fields);
      }
      default:
        return term satisfies never;
    }
  }
}

/** A label that is not there is empty. */
const fieldOf = (value: TemplateValue, fields: readonly string[]): TemplateValue =>
  fields.reduce<TemplateValue>((inner, field) => {
    if (!(inner instanceof Map)) throw new Error(`can't evaluate field ${field}`);
    return inner.has(field) ? (inner.get(field) as TemplateValue) : '';
  }, value);
