/** What a template computes with. Whole numbers that are written in one are bigint, as Go tells integers from floats. */
import { showGo } from './numbers.ts';

/** What Go knows of a value besides its items: methods, and whether a field that is not there is a mistake. */
export const type = Symbol('type');

export type Method = (...args: TemplateValue[]) => TemplateValue;

export type GoType = {
  readonly name: string;
  readonly methods?: Readonly<Record<string, Method>>;
  /** Has the fields that it has, and no others; a map without this answers "" for what is not in it. */
  readonly isStruct?: boolean;
  readonly show?: () => string;
  /** For `toJson`, where that is not the fields as they are. */
  readonly json?: unknown;
};

type Typed = { readonly [type]?: GoType };

export type TemplateValue =
  | string
  | number
  | bigint
  | boolean
  | undefined
  | (ReadonlyMap<string, unknown> & Typed)
  | (readonly TemplateValue[] & Typed)
  | { readonly [type]: GoType };

export const mapOf = (entries: readonly (readonly [string, TemplateValue])[]): ReadonlyMap<string, TemplateValue> =>
  new Map(entries);

/** `value` with what Go knows of it. */
export const typed = <Value extends object>(value: Value, about: GoType): Value & { readonly [type]: GoType } =>
  Object.assign(value, { [type]: about });

export const typeOf = (value: TemplateValue): GoType | undefined =>
  typeof value === 'object' ? (value as Typed)[type] : undefined;

const isList = (value: TemplateValue): value is readonly TemplateValue[] => Array.isArray(value);

export const showValue = (value: TemplateValue): string => {
  const show = typeOf(value)?.show;
  if (show !== undefined) return show();
  if (typeof value === 'number') return showGo(value);
  if (value === undefined) return '<no value>';
  if (isList(value)) return `[${value.map((item) => showValue(item)).join(' ')}]`;
  if (!(value instanceof Map)) return typeof value === 'object' ? goType(value) : String(value);
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
  throw new Error(`wrong type for value; expected a list; got ${goType(value)}`);
};

export const goType = (value: TemplateValue): string => {
  const name = typeOf(value)?.name;
  if (name !== undefined) return name;
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
