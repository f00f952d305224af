import { expect, test } from 'vitest';
import { ms } from '../../units.ts';
import { newsFor, type LogEntry } from './notification-log.ts';

const told = (firing: string, resolved = '', atMs = 0): LogEntry => ({
  firing: new Set(firing),
  resolved: new Set(resolved),
  atMs,
});
const news = (entry: LogEntry | undefined, now: LogEntry, sendResolved = true): string | null =>
  newsFor(entry, now, { sendResolved, repeatIntervalMs: ms(100), dueMs: now.atMs });

test('a group nobody was told about is news only while something fires', () => {
  expect(news(undefined, told('a'))).toBe('first notification');
  expect(news(undefined, told('', 'a'))).toBeNull();
});

test('a further firing alert is news, one that stopped firing is so only where resolved alerts are sent', () => {
  expect(news(told('a'), told('ab'))).toBe('new alerts added');
  expect(news(told('ab'), told('a', 'b'))).toBe('some alerts resolved');
  expect(news(told('ab'), told('a', 'b'), false)).toBeNull();
  expect(news(told('a', 'b'), told('a', 'b'))).toBeNull();
});

test('that everything is resolved is said once, and what fires after that is the first again', () => {
  expect(news(told('a'), told('', 'a'))).toBe('all alerts resolved');
  expect(news(told('', 'a'), told('', 'ab'))).toBeNull();
  expect(news(told('', 'a'), told('a'))).toBe('first notification');
});

test('what is known is repeated once it is older than repeat_interval', () => {
  expect(news(told('a'), told('a', '', 100))).toBeNull();
  expect(news(told('a'), told('a', '', 101))).toBe('repeat interval elapsed');
});
