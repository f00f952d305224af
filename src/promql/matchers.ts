/** Label matchers; regular expressions are RE2, anchored at both ends, and their dot matches a line break. */
import { RE2JS } from 're2js';
import { nameLabel, type Labels } from './labels.ts';

export type MatchOp = '=' | '!=' | '=~' | '!~';

export type Matcher = {
  readonly label: string;
  readonly op: MatchOp;
  readonly value: string;
  readonly accepts: (value: string) => boolean;
};

/** @throws {Error} when `value` is no regular expression, in the words of the regular expression library. */
export const matcherOf = (label: string, op: MatchOp, value: string): Matcher => {
  const matcher = { label, op, value };
  switch (op) {
    case '=':
      return { ...matcher, accepts: (text) => text === value };
    case '!=':
      return { ...matcher, accepts: (text) => text !== value };
    case '=~': {
      const expression = RE2JS.compile(value, RE2JS.DOTALL);
      return { ...matcher, accepts: (text) => expression.testExact(text) };
    }
    case '!~': {
      const expression = RE2JS.compile(value, RE2JS.DOTALL);
      return { ...matcher, accepts: (text) => !expression.testExact(text) };
    }
    default:
      return op satisfies never;
  }
};

export const acceptsAll = (matchers: readonly Matcher[], labels: Labels): boolean =>
  matchers.every(({ label, accepts }) => accepts(labels.get(label) ?? ''));

/** The metric name that `matchers` ask for by equality, if any: what a store can look up instead of searching. */
export const nameAskedFor = (matchers: readonly Matcher[]): string | undefined =>
  matchers.find(({ label, op }) => label === nameLabel && op === '=')?.value;
