import { expect, test } from 'vitest';
import { resolveRunbook } from './runbook-link.ts';

const exists = (file: string): boolean => file === 'runbooks/X.md';

test.each([
  'runbooks/X.md',
  './runbooks/X.md',
  'https://github.com/o/r/blob/main/runbooks/X.md',
  'https://gitlab.com/o/sub/r/-/blob/v1.2/runbooks/X.md',
  'https://git.example/o/r/src/branch/main/runbooks/X.md',
])('%s leads to the file', (url) => {
  expect(resolveRunbook(url, exists)).toEqual({ found: true, file: 'runbooks/X.md', anchor: null });
});

test('an anchor is kept', () => {
  expect(resolveRunbook('runbooks/X.md#mitigation', exists)).toMatchObject({ found: true, anchor: 'mitigation' });
});

test.each([
  [undefined, 'the alert has no runbook_url'],
  ['runbooks/Y.md', 'runbooks/Y.md does not exist'],
  ['https://wiki.example/page', 'https://wiki.example/page is not an address of a file in this project'],
  [
    'https://github.com/o/r/blob/main/../../etc/passwd.md',
    'https://github.com/o/r/blob/main/../../etc/passwd.md leads out of the project',
  ],
  ['runbooks/', 'runbooks/ is not a Markdown file'],
])('%s is refused: %s', (url, reason) => {
  expect(resolveRunbook(url, exists)).toEqual({ found: false, reason });
});
