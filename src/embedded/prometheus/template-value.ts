/** What a template computes with. Whole numbers that are written in one are bigint, as Go tells integers from floats. */
import { showGo } from './go-numbers.ts';

export type TemplateValue =
  string | number | bigint | boolean | undefined | ReadonlyMap<string, unknown> | readonly TemplateValue[];

export const mapOf = (entries: readonly (readonly [string, TemplateValue])[]): ReadonlyMap<string, TemplateValue> =>
  new Map(entries);

const isList = (value: TemplateValue): value is readonly TemplateValue[] => Array.isArray(value);

export const showValue = (value: TemplateValue): string => {
  if (typeof value === 'number') return showGo(value);
  if (value === undefined) return '<no value>';
  if (isList(value)) return `[${value.map((item) => showValue(item)).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  return `map[${sortedEntries(value)
    .map(([key, item]) => `${showValue(key)}:${showValue(item)}`)
    .join(' ')}]`;
};

export const isTrue = (value: TemplateValue): boolean => {
  if (isList(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  return typeof value === 'number' ? value !== 0 : Boolean(value);
};

export const textOf = (value: TemplateValue): string => {
  if (typeof value === 'string') return value;
  throw new Error(`wrong type for value; expected string; got ${goType(value)}`);
};

export const listOf = (value: TemplateValue): readonly TemplateValue[] => {
  if (isList(value)) return value;
  throw new Error(`wrong type for value; expected the result of a query; got ${goType(value)}`);
};

export const goType = (value: TemplateValue): string => {
  if (isList(value)) return 'list';
  return { number: 'float64', bigint: 'int', string: 'string', boolean: 'bool' }[typeof value as string] ?? 'map';
};

/** What `range` walks over: a list by its indexes, a map by its keys in order. */
export const sortedEntries = (value: TemplateValue): readonly (readonly [TemplateValue, TemplateValue])[] => {
  if (isList(value)) return value.map((item, index) => [BigInt(index), item]);
  if (value instanceof Map)
    return ([...value] as [string, TemplateValue][]).toSorted(([left], [right]) => (left < right ? -1 : 1));
  if (value === undefined) return [];
  throw new Error(`range can't iterate over ${showValue(value)}`);
};
