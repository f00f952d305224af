import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { GamedayError } from '../errors.ts';
import { readShopSettings } from './config.ts';

const fileWith = (text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-settings-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'shop.json');
  writeFileSync(file, text);
  return file;
};

const refusal = (text: string): { file: string; messages: readonly string[] } => {
  const file = fileWith(text);
  try {
    readShopSettings(file);
  } catch (error) {
    expect(error).toBeInstanceOf(GamedayError);
    if (error instanceof GamedayError) return { file, messages: error.problems.map((problem) => problem.message) };
  }
  throw new Error('the settings were accepted');
};

const settings = {
  databaseUrl: 'postgresql://shop:secret@127.0.0.1:5432/shop',
  pool: { max: 20, acquireTimeoutMs: 2_000, idleTimeoutMs: 1_000 },
  work: { browseMs: 15, checkoutMs: 40 },
};

test('settings are read as they were written', () => {
  expect(readShopSettings(fileWith(JSON.stringify(settings)))).toEqual(settings);
});

test('everything that is wrong is said at once, and the password never', () => {
  const { file, messages } = refusal(
    JSON.stringify({
      databaseUrl: 'mysql://shop:secret@127.0.0.1/shop',
      pool: { max: 0, acquireTimeoutMs: 0, idleTimeoutMs: '1s' },
      work: { browseMs: 15 },
      retries: 3,
    }),
  );
  expect(messages).toEqual([
    `${file}: databaseUrl: Invalid URL`,
    `${file}: pool: max: Too small: expected number to be >0`,
    `${file}: pool: acquireTimeoutMs: Too small: expected number to be >0`,
    `${file}: pool: idleTimeoutMs: Invalid input: expected number, received string`,
    `${file}: work: checkoutMs: Invalid input: expected number, received undefined`,
    `${file}: Unrecognized key: "retries"`,
  ]);
});

test('a file that is not JSON is named', () => {
  const { file, messages } = refusal('{ "pool": ');
  expect(messages).toEqual([`${file} cannot be read`]);
});
