/**
 * Reads request bodies the way a Go server does, since that is what clients were written against: names match in any
 * case, the last one wins, `null` counts as not given, unknown names are ignored, and a value of the wrong type is an error.
 */
import { badBody } from './api-error.ts';

/** Field names in lower case. */
export type Fields = ReadonlyMap<string, unknown>;

export const parseBody = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw badBody(error instanceof Error ? error.message : String(error));
  }
};

/** The fields of an object; none for `null`. */
export const fieldsOf = (value: unknown, what: string): Fields => {
  if (value === null) return new Map();
  if (typeof value !== 'object' || Array.isArray(value)) throw badBody(`${what} must be an object`);
  const given = Object.entries(value).filter(([, field]) => field !== null);
  return new Map(given.map(([name, field]) => [name.toLowerCase(), field]));
};

export const stringField = (fields: Fields, name: string): string | undefined => {
  const value = fields.get(name);
  if (value === undefined || typeof value === 'string') return value;
  throw badBody(`${name} must be a string`);
};

export const booleanField = (fields: Fields, name: string): boolean | undefined => {
  const value = fields.get(name);
  if (value === undefined || typeof value === 'boolean') return value;
  throw badBody(`${name} must be true or false`);
};

export const numberField = (fields: Fields, name: string): number | undefined => {
  const value = fields.get(name);
  if (value === undefined || typeof value === 'number') return value;
  throw badBody(`${name} must be a number`);
};

/** An integer from 0. The original takes negative ones too, and some of them crash it. */
export const countField = (fields: Fields, name: string): number | undefined => {
  const value = numberField(fields, name);
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return value;
  throw badBody(`${name} must be an integer from 0, not ${value}`);
};
