import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { minutes } from '../units.ts';
import { decodeUndoLog, isSettled, openUndoLog, type UndoLog } from './undo-log.ts';

const logFile = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-undo-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'undo.log');
};

const intend = (log: UndoLog, name: string): string =>
  log.intend({
    what: name,
    byHand: `rm -rf ${name}`,
    ttlMs: minutes(15),
    record: { kind: 'folder.remove', folder: name },
  });

test('a record is on disk, whole, before intend returns', () => {
  const file = logFile();
  intend(openUndoLog(file), '/a');
  const [entry] = decodeUndoLog(readFileSync(file, 'utf8'));
  expect(entry).toEqual({
    id: 'u1',
    what: '/a',
    byHand: 'rm -rf /a',
    ttlMs: minutes(15),
    expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    record: { kind: 'folder.remove', folder: '/a' },
    state: 'intended',
  });
});

test('a second process continues the log with new ids and the latest states', () => {
  const file = logFile();
  const first = openUndoLog(file);
  const id = intend(first, '/a');
  first.mark(id, 'injected');
  first.close();
  const second = openUndoLog(file);
  expect(second.entries().map(({ state }) => state)).toEqual(['injected']);
  expect(intend(second, '/b')).toBe('u2');
  second.mark(id, 'verified');
  expect(second.entries().map((entry) => isSettled(entry))).toEqual([true, false]);
});

test('what is learned of a record later is read with it, and changes nothing else', () => {
  const file = logFile();
  const log = openUndoLog(file);
  const id = intend(log, '/a');
  log.mark(id, 'injected');
  log.complete(id, { kind: 'containers.remove', project: 'p', containers: ['c0ffee'] });
  const [entry] = decodeUndoLog(readFileSync(file, 'utf8'));
  expect(entry).toMatchObject({
    what: '/a',
    state: 'injected',
    record: { kind: 'containers.remove', project: 'p', containers: ['c0ffee'] },
  });
  expect(log.entries()).toEqual([entry]);
  expect(() => log.complete('u9', { kind: 'folder.remove', folder: '/' })).toThrow('no undo record u9');
});

test('wherever a crash cuts the file, the records written before the cut are read', () => {
  const file = logFile();
  const log = openUndoLog(file);
  const ends = ['/a', '/b', '/c'].map((name) => {
    intend(log, name);
    return readFileSync(file).length;
  });
  const whole = readFileSync(file);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: whole.length }), (cut) => {
      const names = decodeUndoLog(whole.subarray(0, cut).toString('utf8')).map(({ what }) => what);
      // A line is whole once its text is, with or without its line end.
      const before = ends.filter((end) => end - 1 <= cut).length;
      expect(names).toEqual(['/a', '/b', '/c'].slice(0, before));
    }),
  );
});

test('a damaged line in the middle is refused, not skipped: what it held may still be active', () => {
  const file = logFile();
  const log = openUndoLog(file);
  intend(log, '/a');
  intend(log, '/b');
  writeFileSync(file, readFileSync(file, 'utf8').replace('/a', '/x'));
  expect(() => decodeUndoLog(readFileSync(file, 'utf8'))).toThrow('undo log line 1 is damaged');
});

test('a log after a torn line goes on, and the torn line is never read', () => {
  const file = logFile();
  intend(openUndoLog(file), '/a');
  appendFileSync(file, '0123456789ab {"v":1,"id":"u2","wh');
  const log = openUndoLog(file);
  expect(log.entries().map(({ what }) => what)).toEqual(['/a']);
  log.mark('u1', 'verified');
  expect(decodeUndoLog(readFileSync(file, 'utf8')).map(({ state }) => state)).toEqual(['verified']);
});

test('where the log cannot be written nothing can be intended, so nothing is injected; marking goes on in memory', () => {
  const log = openUndoLog(logFile());
  const id = intend(log, '/a');
  log.close();
  expect(() => intend(log, '/b')).toThrow('the undo log cannot be written: EBADF: bad file descriptor, write');
  log.mark(id, 'verified');
  expect(log.entries().map(({ what, state }) => [what, state])).toEqual([['/a', 'verified']]);
});
