/** Fills the templates of an alert's annotations and labels. A template that fails never stops the alert. */
import type { Labels } from '../../promql/labels.ts';
import { reasonOf } from '../../errors.ts';
import { functions, isTrue, showValue, type TemplateValue } from './template-functions.ts';
import { parseTemplate, type Part, type Pipeline, type Term } from './template-parse.ts';

export type TemplateData = {
  readonly labels: Labels;
  readonly value: number;
  readonly externalLabels: Labels;
  readonly externalUrl: string;
};

/** A template that was parsed; `text` is as written. */
export type Template = { readonly text: string; readonly parts: readonly Part[] };

/** @throws {Error} when `text` is no template. */
export const template = (text: string): Template => ({ text, parts: parseTemplate(text) });

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
  #dot: TemplateValue;

  constructor({ labels, value, externalLabels, externalUrl }: TemplateData) {
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
      default:
        return part satisfies never;
    }
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
      const call = Object.hasOwn(functions, first.name) ? functions[first.name] : undefined;
      if (call === undefined) throw new Error(`function "${first.name}" not defined`);
      return call(...rest.map((term) => this.#value(term)), ...piped);
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
