import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openSecrets } from './secrets.ts';

const url = 'postgresql://operator:hunter%2Btwo@staging-db:5432/shop';
const secrets = (env: Record<string, string> = { OPERATOR_URL: url }) => openSecrets(env);

test('what was read is hidden wherever it appears: the connection string, its password, and the password as it is sent', () => {
  const known = secrets();
  expect(known.read({ env: 'OPERATOR_URL' }, '/project')).toBe(url);
  expect(known.redact(`connect ${url}`)).toBe('connect ***');
  expect(known.redact('password hunter%2Btwo, hunter+two')).toBe('password ***, ***');
  expect(known.redactIn({ why: ['refused: hunter+two'], count: 3, none: null })).toEqual({
    why: ['refused: ***'],
    count: 3,
    none: null,
  });
});

test('the password in an address is hidden although nobody told', () => {
  expect(secrets().redact('fetch http://admin:letmein@proxy:8474/version failed')).toBe(
    'fetch http://admin:***@proxy:8474/version failed',
  );
  for (const harmless of ['http://127.0.0.1:8474/proxies', 'at 10:30 mail dba@example.org', 'https://host/a:b@c'])
    expect(secrets().redact(harmless)).toBe(harmless);
});

test('a token or a passphrase can be made known', () => {
  const known = secrets();
  known.know('0123456789abcdef');
  known.know('correct-horse-battery');
  expect(known.redact('Bearer 0123456789abcdef, correct-horse-battery')).toBe('Bearer ***, ***');
});

test('a password that is an ordinary word is hidden in its address only: elsewhere it is just that word', () => {
  const known = secrets({ OPERATOR_URL: 'postgresql://postgres:postgres@db/shop' });
  known.read({ env: 'OPERATOR_URL' }, '/project');
  expect(known.redact('restart-postgres at postgresql://postgres:postgres@other/shop')).toBe(
    'restart-postgres at postgresql://postgres:***@other/shop',
  );
});

test('a file is read from where the project is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'operator'), `${url}\n`);
  const known = openSecrets({});
  expect(known.read({ file: 'operator' }, folder)).toBe(url);
  expect(() => known.read({ file: 'missing' }, folder)).toThrow(`${folder}/missing cannot be read`);
});

test('no variable, and none with something in it, is told by its name', () => {
  expect(() => secrets({ OPERATOR_URL: ' ' }).read({ env: 'OPERATOR_URL' }, '/project')).toThrow(
    'the environment variable OPERATOR_URL is not set',
  );
});
