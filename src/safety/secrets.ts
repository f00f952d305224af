/**
 * What must not be written down. A secret is known from the moment it is read, and from then on it is taken out of whatever
 * leaves the process: journal, reports, output, errors of libraries.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SecretReference } from '../documents/environment-settings.ts';
import { GamedayError, reasonOf } from '../errors.ts';

export type Secrets = {
  /**
   * The text behind a reference; from now on it is redacted.
   *
   * @param home What a relative path is relative to: the project.
   * @throws {GamedayError} USAGE where there is none.
   */
  readonly read: (reference: SecretReference, home: string) => string;
  /** Redacted from now on: a token, a connection string. */
  readonly know: (secret: string) => void;
  readonly redact: (text: string) => string;
  /** Every text in it, at any depth. The same value where there is nothing to hide. */
  readonly redactIn: <Value>(value: Value) => Value;
};

type Variables = Readonly<Record<string, string | undefined>>;

const shownAs = '***';

export const openSecrets = (env: Variables): Secrets => {
  /** The longest first: a password is part of the connection string around it. */
  let known: readonly string[] = [];

  const know = (secret: string): void => {
    if (isWord(secret) || known.includes(secret)) return;
    known = [...known, secret].toSorted((a, b) => b.length - a.length);
  };
  const read: Secrets['read'] = (reference, home) => {
    const text = 'env' in reference ? fromEnv(env, reference.env) : fromFile(resolve(home, reference.file));
    for (const part of [text, ...passwordsIn(text)]) know(part);
    return text;
  };
  const redact = (text: string): string =>
    withoutUserinfo(known.reduce((shown, secret) => shown.replaceAll(secret, shownAs), text));
  return { read, know, redact, redactIn: (value) => eachText(value, redact) };
};

/** `postgres` as a password would take every "postgres" out of a journal; it is hidden where it stands in an address only. */
const isWord = (secret: string): boolean => secret.length < 6 || /^[a-z_]{0,12}$/i.test(secret);

const fromEnv = (env: Variables, name: string): string => {
  const text = env[name]?.trim() ?? '';
  if (text !== '') return text;
  throw new GamedayError('USAGE', {
    message: `the environment variable ${name} is not set`,
    hint: `export ${name}='postgresql://ROLE:PASSWORD@HOST:PORT/DATABASE'`,
  });
};

const fromFile = (file: string): string => {
  try {
    const text = readFileSync(file, 'utf8').trim();
    if (text !== '') return text;
  } catch (cause) {
    throw new GamedayError(
      'USAGE',
      { message: `${file} cannot be read: ${reasonOf(cause)}`, hint: 'write the connection string into it' },
      { cause },
    );
  }
  throw new GamedayError('USAGE', { message: `${file} is empty`, hint: 'write the connection string into it' });
};

/** The password of a connection string, as written and as it is sent. */
const passwordsIn = (text: string): readonly string[] => {
  const written = URL.parse(text)?.password ?? '';
  return written === '' ? [] : [written, decoded(written)];
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** Nobody has to know a password to see that `//role:…@host` holds one. */
const withoutUserinfo = (text: string): string => text.replaceAll(/(:\/\/[^\s/:@'"]*):[^\s/@'"]+@/g, `$1:${shownAs}@`);

const eachText = <Value>(value: Value, change: (text: string) => string): Value => {
  if (typeof value === 'string') return change(value) as Value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each: unknown) => eachText(each, change)) as Value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, eachText(each, change)])) as Value;
};
