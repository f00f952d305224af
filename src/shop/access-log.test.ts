import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { accessLine, openAccessLog, type Access } from './access-log.ts';

const access: Access = {
  ...{ address: '198.18.4.7', buyer: 'b-12', method: 'POST', target: '/checkout', status: 201, bytes: 18 },
  ...{ agent: 'curl/8', tookMs: 21.4 },
};
const at = new Date('2024-06-20T10:00:00Z');

test('a line is in the combined format, with the time taken in seconds at its end', () => {
  expect(accessLine(access, at)).toBe(
    '198.18.4.7 - b-12 [20/Jun/2024:10:00:00 +0000] "POST /checkout HTTP/1.1" 201 18 "-" "curl/8" 0.021\n',
  );
});

test('what is not known is a dash, and a client cannot end the quotes around its words', () => {
  expect(accessLine({ ...access, buyer: undefined, agent: String.raw`a" 200 \ ` }, at)).toBe(
    String.raw`198.18.4.7 - - [20/Jun/2024:10:00:00 +0000] "POST /checkout HTTP/1.1" 201 18 "-" "a\" 200 \\ " 0.021` +
      '\n',
  );
});

const scratch = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'gd-log-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
};

test('closing writes what was collected, behind what was there', async () => {
  const file = join(await scratch(), 'access.log');
  for (const status of [200, 503]) {
    const log = openAccessLog(file, expect.unreachable);
    log.write({ ...access, status });
    await log.close();
  }
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  expect(lines.map((line) => line.split(' ')[8])).toEqual(['200', '503']);
});

test('a file that cannot be written is said once and holds up nothing', async () => {
  const problems: string[] = [];
  const log = openAccessLog(join(await scratch(), 'no', 'such', 'folder'), (problem) => problems.push(problem));
  for (let i = 0; i < 3; i += 1) log.write(access);
  await log.close();
  log.write(access);
  await log.close();
  expect(problems).toEqual([expect.stringMatching(/^no access log: ENOENT/)]);
});
