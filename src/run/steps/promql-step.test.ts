import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ms } from '../../units.ts';
import { runStep, type StepResult } from './run-step.ts';
import { contextOf, expression, stepOf } from './step.fixture.ts';

const vector = (result: unknown): unknown => ({ status: 'success', data: { resultType: 'vector', result } });
const up = (value: string, labels = {}): unknown => ({ metric: { __name__: 'up', ...labels }, value: [1, value] });

/** Answers each query as Prometheus would; `slow` never, `count` with how often it was asked. */
let server: Server;
let asked = 0;
const answers: Readonly<Record<string, () => unknown>> = {
  one: () => vector([up('0.25', { instance: 'a' })]),
  two: () => vector([up('1', { instance: 'a', value: 'label' }), up('+Inf', { instance: 'b' })]),
  none: () => vector([]),
  nan: () => vector([up('NaN')]),
  scalar: () => ({ status: 'success', data: { resultType: 'scalar', result: [1, '7'] } }),
  range: () => ({ status: 'success', data: { resultType: 'matrix', result: [] } }),
  count: () => vector([up(String((asked += 1)))]),
};

beforeAll(async () => {
  server = createServer((request, response) => {
    const query = new URL(request.url ?? '/', 'http://x').searchParams.get('query') ?? '';
    if (query === 'slow') return;
    const answer = answers[query]?.();
    response.statusCode = answer === undefined ? 400 : 200;
    const bad = { status: 'error', errorType: 'bad_data', error: 'parse error: unexpected end' };
    response.end(query === 'html' ? '<html>' : JSON.stringify(answer ?? bad));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => void server.close(resolve)));

const run = (body: string, step: object = {}): Promise<StepResult> => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return runStep(
    stepOf({ language: 'promql', body, danger: 'read', ...step }),
    contextOf({ prometheusUrl: `http://127.0.0.1:${port}/` }),
  );
};

describe('a promql step', () => {
  test('has one row per sample, its value first', async () => {
    expect((await run('two')).facts.rows).toEqual([
      { value: 1, __name__: 'up', instance: 'a' },
      { value: Infinity, __name__: 'up', instance: 'b' },
    ]);
    expect((await run('scalar')).facts.rows).toEqual([{ value: 7 }]);
  });

  test('passes without an expectation whatever the answer, and shows it', async () => {
    expect(await run('one')).toMatchObject({ outcome: 'passed', detail: 'value = 0.25, __name__ = up, instance = a' });
    expect(await run('none')).toMatchObject({ outcome: 'passed', detail: 'no rows' });
  });

  test('fails with the expression and the actual value', async () => {
    expect(await run('one', { expect: expression('value > 1') })).toMatchObject({
      outcome: 'failed',
      detail: 'value > 1, but value was 0.25',
    });
  });

  test('never takes no data or NaN for good', async () => {
    expect(await run('none', { expect: expression('value < 1') })).toMatchObject({ outcome: 'errored' });
    expect(await run('nan', { expect: expression('not value > 1') })).toMatchObject({ outcome: 'failed' });
  });

  test('fails with the words of Prometheus when the query is wrong, or gives a range', async () => {
    expect(await run('sum(')).toMatchObject({ outcome: 'failed', detail: 'parse error: unexpected end' });
    expect(await run('range')).toMatchObject({ outcome: 'failed' });
  });

  test('is errored when nobody answers, or somebody else', async () => {
    expect((await run('html')).detail).toContain('answered with something else: <html>');
    const step = stepOf({ language: 'promql', body: 'up', danger: 'read' });
    const result = await runStep(step, contextOf({ prometheusUrl: 'http://127.0.0.1:1' }));
    expect(result.outcome).toBe('errored');
    expect(result.detail).toContain('Prometheus at http://127.0.0.1:1 did not answer');
  });

  test('waits until the value is good, and no longer than its timeout', async () => {
    expect(await run('count', { until: expression('value >= 3') })).toMatchObject({ outcome: 'passed', attempts: 3 });
    expect(await run('slow', { timeoutMs: ms(100) })).toMatchObject({ outcome: 'timed-out' });
  });

  test('leaves no connection open', async () => {
    await run('one');
    const open = await new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
    expect(open).toBe(0);
  });
});
