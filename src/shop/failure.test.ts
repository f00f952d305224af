import { DatabaseError } from 'pg';
import { expect, test } from 'vitest';
import { failureCode, sessionSurvives } from './failure.ts';

const fromServer = (severity: string, code: string): DatabaseError =>
  Object.assign(new DatabaseError('as the server says', 0, 'error'), { severity, code });

const fromSocket = (code: string): Error =>
  Object.assign(new Error(`connect ${code}`), { code, errno: -1, syscall: 'connect' });

test('what the server answered keeps its SQLSTATE', () => {
  expect(failureCode(fromServer('FATAL', '53300'))).toBe('53300');
});

test('what the driver says only in English gets a word; waiting for the pool is not connecting', () => {
  const words = {
    'timeout exceeded when trying to connect': 'pool_timeout',
    'Connection terminated due to connection timeout': 'connect_timeout',
    'Query read timeout': 'query_timeout',
    'Connection terminated unexpectedly': 'connection_lost',
    'Client has encountered a connection error and is not queryable': 'connection_lost',
  };
  for (const [sentence, word] of Object.entries(words)) expect(failureCode(new Error(sentence))).toBe(word);
});

test('a socket that broke is a lost connection; one that never came keeps its errno name', () => {
  expect(failureCode(fromSocket('ECONNRESET'))).toBe('connection_lost');
  expect(failureCode(fromSocket('EPIPE'))).toBe('connection_lost');
  expect(failureCode(fromSocket('EHOSTUNREACH'))).toBe('EHOSTUNREACH');
});

test('a name with two addresses, both refused, is one refusal', () => {
  const both = Object.assign(new AggregateError([fromSocket('ECONNREFUSED'), fromSocket('ECONNREFUSED')]), {
    code: 'ECONNREFUSED',
  });
  expect(failureCode(both)).toBe('ECONNREFUSED');
});

test('anything else is a bug of ours, and no failure of the database', () => {
  expect(failureCode(new TypeError('x is not a function'))).toBeUndefined();
  expect(failureCode(Object.assign(new Error('bad argument'), { code: 'ERR_INVALID_ARG_TYPE' }))).toBeUndefined();
  expect(failureCode('a string')).toBeUndefined();
});

test('a session survives an ERROR, and nothing else', () => {
  expect(sessionSurvives(fromServer('ERROR', '25006'))).toBe(true);
  expect(sessionSurvives(fromServer('FATAL', '57P01'))).toBe(false);
  expect(sessionSurvives(new Error('Query read timeout'))).toBe(false);
});
