/** Texts of the configuration that are templates, filled for one notification. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { TemplateValue } from '../go-template/value.ts';
import { templateData, type Notification } from './notification.ts';
import type { Given } from './receiver-config.ts';
import type { Templates } from './templates.ts';

export type Fill = {
  /** @throws {Error} when the template fails. */
  readonly text: (template: string) => string;
  /** The same for the content of a file. Rejects when it cannot be read. */
  readonly given: (given: Given) => Promise<string>;
  /** Lists and mappings of templates. What comes out of one is read as YAML: `3` is a number, `[a]` a list, nothing is null. */
  readonly deep: (value: unknown) => unknown;
};

export const fillOf = (templates: Templates, notification: Notification, nowMs: number): Fill => {
  let dot: TemplateValue;
  const text = (template: string): string => {
    if (!template.includes('{{')) return template;
    return templates.fill(template, (dot ??= templateData(notification)), nowMs);
  };
  const deep = (value: unknown): unknown => {
    if (typeof value === 'string') return valueIn(text(value));
    if (Array.isArray(value)) return value.map((item) => deep(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [text(key), deep(item)]));
  };
  return {
    text,
    given: async (given) => text('text' in given ? given.text : (await readFile(given.file, 'utf8')).trim()),
    deep,
  };
};

/** Text that would be text in YAML stays as it is, quotes and all. */
const valueIn = (text: string): unknown => {
  try {
    const value: unknown = parse(text, {
      version: '1.1',
      customTags: (tags) => tags.filter((tag) => tag !== 'timestamp'),
      logLevel: 'silent',
    });
    return typeof value === 'string' ? text : value;
  } catch {
    return text;
  }
};
