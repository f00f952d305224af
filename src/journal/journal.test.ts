import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ms } from '../units.ts';
import { decodeJournal, encodeEvent } from './codec.ts';
import { openSecrets } from '../safety/secrets.ts';
import { openJournal, resumeJournal } from './journal.ts';

const journalFile = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-journal-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'journal.jsonl');
};

const unbroken = (): void => expect.unreachable();

test('events are numbered without gaps, and time never goes back', () => {
  const file = journalFile();
  const times = [5, 3, 9].map((time) => ms(time));
  const journal = openJournal(file, () => times.shift() ?? ms(0), unbroken);
  for (let index = 0; index < 3; index++) journal.append({ type: 'environment.closed' });
  journal.close();
  expect(decodeJournal(readFileSync(file, 'utf8')).events.map(({ seq, atMs }) => [seq, atMs])).toEqual([
    [0, 5],
    [1, 5],
    [2, 9],
  ]);
});

test('a torn last line is dropped when the journal is taken up again', () => {
  const file = journalFile();
  const journal = openJournal(file, () => ms(1), unbroken);
  journal.append({ type: 'trial.started', trial: 'fault' });
  journal.close();
  appendFileSync(file, '{"seq":1,"atMs":2,"ty');
  const resumed = resumeJournal(file);
  resumed.append({ type: 'environment.closed' });
  resumed.close();
  expect(decodeJournal(readFileSync(file, 'utf8')).events.map(({ type }) => type)).toEqual([
    'trial.started',
    'environment.closed',
  ]);
});

test('a missing line is noticed', () => {
  const event = (seq: number): string => encodeEvent({ seq, atMs: ms(0), type: 'environment.closed' });
  expect(() => decodeJournal(event(0) + event(2))).toThrow('journal line 2 has seq 2, expected 1');
});

test('listeners hear of an event after it is written, until they stop', () => {
  const file = journalFile();
  const journal = openJournal(file, () => ms(0), unbroken);
  const heard: number[] = [];
  const stop = journal.subscribe(({ seq }) => heard.push(seq));
  journal.append({ type: 'environment.closed' });
  stop();
  journal.append({ type: 'environment.closed' });
  journal.close();
  expect(heard).toEqual([0]);
});

test('a journal on a full disk goes on in memory, says so once, and what is on disk stays readable', () => {
  const errors: string[] = [];
  const journal = openJournal(
    '/dev/full',
    () => ms(0),
    ({ message }) => errors.push(message),
  );
  expect(journal.append({ type: 'environment.closed' }).seq).toBe(0);
  expect(journal.append({ type: 'environment.closed' }).seq).toBe(1);
  journal.close();
  expect(errors).toEqual(['the journal cannot be written: ENOSPC: no space left on device, write']);
});

test('a secret that is known is in no event, neither in the file nor in what is heard', () => {
  const file = journalFile();
  const secrets = openSecrets({ URL: 'postgresql://shop:sesame-opens-1@db/shop' });
  secrets.read({ env: 'URL' }, '/');
  const journal = openJournal(file, () => ms(0), unbroken, secrets.redactIn);
  const heard: string[] = [];
  journal.subscribe((event) => heard.push(JSON.stringify(event)));
  const reason = 'login as shop failed: sesame-opens-1 at postgresql://shop:sesame-opens-1@db/shop';
  journal.append({ type: 'run.failed', reason });
  journal.close();
  expect(readFileSync(file, 'utf8') + heard.join('')).not.toContain('sesame');
  expect(journal.events).toMatchObject([{ type: 'run.failed', reason: 'login as shop failed: *** at ***' }]);
});
