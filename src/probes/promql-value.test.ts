import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isWithin, measure } from './measurement.ts';
import type { OperatorSession } from './operator-session.ts';
import { promqlValue } from './promql-value.ts';

/** A Prometheus that knows one answer. */
const answering = async (status: number, body: unknown): Promise<{ url: string; asked: string[] }> => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((form) => {
      asked.push(`${request.method} ${request.url} ${new URLSearchParams(form).get('query')}`);
      return response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => (server.closeAllConnections(), void server.close()));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
};
const success = (resultType: string, result: unknown): unknown => ({ status: 'success', data: { resultType, result } });
const vector = (...values: readonly string[]): unknown =>
  success(
    'vector',
    values.map((value, index) => ({ metric: { instance: String(index) }, value: [1_700_000_000.1, value] })),
  );
const ask = async (status: number, body: unknown): Promise<number | null> =>
  promqlValue((await answering(status, body)).url, 'q', AbortSignal.timeout(5_000));

describe('the value of a query', () => {
  test('is asked for as Prometheus documents it', async () => {
    const { url, asked } = await answering(200, vector('1'));
    await promqlValue(url, 'sum(up) + 1 & %', AbortSignal.timeout(5_000));
    expect(asked).toEqual(['POST /api/v1/query sum(up) + 1 & %']);
  });

  test.each([
    [vector('0.25'), 0.25],
    [vector('1e-07'), 1e-7],
    [vector('+Inf'), Infinity],
    [vector('-Inf'), -Infinity],
    [success('scalar', [1_700_000_000, '42']), 42],
    [success('scalar', [1_700_000_000, 'NaN']), null],
    [vector('NaN'), null],
    [vector(), null],
  ])('%j is %s', async (body, expected) => {
    expect(await ask(200, body)).toBe(expected);
  });

  test.each([
    [200, vector('1', '1'), '2 series where one was expected'],
    [400, { status: 'error', errorType: 'bad_data', error: 'parse error' }, 'parse error'],
    [200, success('matrix', [{ metric: {}, values: [[1, '1']] }]), 'a matrix where one value was expected'],
    [200, success('string', [1, 'x']), 'a string where one value was expected'],
    [503, 'starting up', /JSON/],
  ] as const)('is refused: %i %j', async (status, body, message) => {
    await expect(ask(status, body)).rejects.toThrow(message);
  });
});

describe('a promql measurement', () => {
  const measured = async (url: string, bound: { below?: number; above?: number }, signal?: AbortSignal) =>
    measure(
      { name: 'x', written: 'q', at: { file: 'x', line: 1, column: 1 }, language: 'promql', query: 'q', ...bound },
      { prometheusUrl: url, operator: {} as OperatorSession },
      signal ?? AbortSignal.timeout(5_000),
    );

  test('is good inside its bounds only', async () => {
    const { url } = await answering(200, vector('0.5'));
    expect(await measured(url, { below: 0.6 })).toEqual({ value: 0.5, good: true });
    expect(await measured(url, { below: 0.5 })).toEqual({ value: 0.5, good: false });
  });

  test('without data has no value and is not good', async () => {
    const { url } = await answering(200, vector());
    expect(await measured(url, { below: 1 })).toEqual({ value: null, good: false });
  });

  test('that cannot be made says why, and does not throw', async () => {
    expect(await measured('http://127.0.0.1:1', { below: 1 })).toMatchObject({
      value: null,
      good: false,
      error: expect.stringContaining('fetch failed') as unknown,
    });
    const { url } = await answering(200, vector('1'));
    expect(await measured(url, { above: 0 }, AbortSignal.abort(new Error('time is up')))).toEqual({
      value: null,
      good: false,
      error: 'time is up',
    });
  });

  test.each([
    [1, {}, true],
    [1, { below: 1 }, false],
    [0.999, { below: 1 }, true],
    [1, { above: 1 }, false],
    [1.001, { above: 1 }, true],
    [5, { above: 1, below: 5 }, false],
    [4, { above: 1, below: 5 }, true],
    [Infinity, { above: 1 }, true],
    [null, {}, false],
    [null, { below: 1 }, false],
  ])('%s within %j: %s', (value, bound, expected) => {
    expect(isWithin(value, bound)).toBe(expected);
  });
});
