import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { accessTime, isoTime, logTail, mergedTail } from './log-tail.ts';

const written = (...texts: readonly string[]): readonly string[] => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-logs-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return texts.map((text, index) => {
    const file = join(folder, `${index}.log`);
    writeFileSync(file, text);
    return file;
  });
};

test('the end of a log is whole lines, as many as fit', async () => {
  const [file = ''] = written('one\ntwo\nthree\n');
  expect(await logTail(file, 100)).toBe('one\ntwo\nthree\n');
  expect(await logTail(file, 14)).toBe('one\ntwo\nthree\n');
  expect(await logTail(file, 10)).toBe('two\nthree\n');
  expect(await logTail(file, 9)).toBe('three\n');
  expect(await logTail(file, 3)).toBe('');
});

test('a line that is still being written is left for later, and a log that is not there yet is empty', async () => {
  const [file = ''] = written('one\ntw');
  expect(await logTail(file, 100)).toBe('one\n');
  appendFileSync(file, 'o\n');
  expect(await logTail(file, 100)).toBe('one\ntwo\n');
  expect(await logTail(`${file}.none`, 100)).toBe('');
});

test('several logs are one in order of time, and a stack stays behind its line', async () => {
  const files = written(
    '2024-06-20T10:00:00.000Z a1\n    at stack\n2024-06-20T10:00:02.000Z a2\n',
    '2024-06-20T10:00:01.000Z b1\n',
  );
  const lines = (await mergedTail(files, 1_000, isoTime)).split('\n').map((line) => line.trim().split(' ').at(-1));
  expect(lines).toEqual(['a1', 'stack', 'b1', 'a2', '']);
  expect(await mergedTail(files, 60, isoTime)).toBe('2024-06-20T10:00:01.000Z b1\n2024-06-20T10:00:02.000Z a2\n');
});

test('the time of an access is read where such logs have it', () => {
  const line = '198.18.4.7 - b-12 [20/Jun/2024:10:00:00 +0000] "POST /checkout HTTP/1.1" 201 18 "-" "curl/8" 0.021';
  expect(accessTime(line)).toBe(Date.UTC(2024, 5, 20, 10));
  expect(accessTime('no time')).toBeUndefined();
  expect(isoTime('no time')).toBeUndefined();
});
