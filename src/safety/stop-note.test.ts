import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { leaveStopNote, takeStopNote } from './stop-note.ts';

const runFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-note-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
};

test('a note is taken once, and is not there any more afterwards', () => {
  const folder = runFolder();
  leaveStopNote(folder, 'the meeting begins');
  expect(takeStopNote(folder)).toBe('the meeting begins');
  expect(readdirSync(folder)).toEqual([]);
  expect(takeStopNote(folder)).toBeUndefined();
});

test('only its owner can read it', () => {
  const folder = runFolder();
  leaveStopNote(folder, 'the meeting begins');
  expect(readdirSync(folder).map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual([0o600]);
});

test('of two who stop a run, the last one is heard', () => {
  const folder = runFolder();
  leaveStopNote(folder, 'the first, with much to say');
  leaveStopNote(folder, 'the second');
  expect(takeStopNote(folder)).toBe('the second');
});

test('where nothing can be written, nothing is said, and nobody is kept from stopping', () => {
  const gone = join(runFolder(), 'gone');
  leaveStopNote(gone, 'the meeting begins');
  expect(takeStopNote(gone)).toBeUndefined();
});
