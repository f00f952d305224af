/** The functions that Alertmanager adds to those of Go. */
import { checkTemplate } from '../go-template/check.ts';
import { functions as goFunctions, type TemplateFunction } from '../go-template/functions.ts';
import { humanizeDuration, numberOf } from '../go-template/humanize.ts';
import { parseTemplate, type Parsed } from '../go-template/parse.ts';
import { durationValue, momentOf, timeValue } from '../go-template/time.ts';
import { listOf, mapOf, textOf, typeOf, type TemplateValue } from '../go-template/value.ts';

export const functions: Readonly<Record<string, TemplateFunction>> = {
  ...goFunctions,
  title: (value) =>
    textOf(value)
      .toLowerCase()
      .replace(/(?<![\p{L}\p{N}_'])\p{L}/gu, (letter) => letter.toUpperCase()),
  trimSpace: (value) => textOf(value).trim(),
  join: (separator, items) =>
    listOf(items)
      .map((item) => textOf(item))
      .join(textOf(separator)),
  safeUrl: (value) => textOf(value),
  urlUnescape: (value) => decodeURIComponent(textOf(value).replaceAll('+', ' ')),
  stringSlice: (...values) => values.map((value) => textOf(value)),
  list: (...values) => values,
  append: (items, ...more) => [...listOf(items), ...more],
  dict: (...pairs) => mapOf(pairs.flatMap((key, i) => (i % 2 === 0 ? [[textOf(key), pairs[i + 1]] as const] : []))),
  date: (layout, time) => typeOf(time)?.methods?.['Format']?.(layout),
  tz: (zone, time) => timeValue(momentOf(time), textOf(zone)),
  humanizeDuration: (value) => humanizeDuration(numberOf(value)),
  toJson: (value) => JSON.stringify(jsonOf(value)),
};

/** What these answer depends on when the template is filled. */
export const timeFunctions = (nowMs: number): Readonly<Record<'now' | 'since', TemplateFunction>> => ({
  now: () => timeValue(nowMs),
  since: (time) => durationValue(nowMs - momentOf(time)),
});

const functionNames = new Set([...Object.keys(functions), ...Object.keys(timeFunctions(0))]);

/** @throws {Error} when `text` is no template, or calls what does not exist. */
export const checkTemplateText = (text: string): Parsed => {
  const parsed = parseTemplate(text);
  checkTemplate(parsed, functionNames);
  return parsed;
};

const jsonOf = (value: TemplateValue): unknown => {
  const json = typeOf(value)?.json;
  if (json !== undefined) return json;
  if (Array.isArray(value)) return value.map((item: TemplateValue) => jsonOf(item));
  if (value instanceof Map)
    return Object.fromEntries(
      ([...value] as [string, TemplateValue][])
        .toSorted(([left], [right]) => (left < right ? -1 : 1))
        .map(([key, item]) => [key, jsonOf(item)]),
    );
  return typeof value === 'bigint' ? Number(value) : (value ?? null);
};
