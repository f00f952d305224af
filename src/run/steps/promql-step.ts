/** A question to the environment's Prometheus: one row per sample, its value first, then its labels. */
import { request } from 'node:http';
import { request as requestTls } from 'node:https';
import { z } from 'zod';
import { reasonOf } from '../../errors.ts';
import type { Row } from '../../documents/expression.ts';
import type { Step } from '../../documents/runbook.ts';
import type { Attempt, AttemptBound, StepContext } from './attempt.ts';

const sample = z.tuple([z.number(), z.string()]);
const answer = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('success'),
    data: z.discriminatedUnion('resultType', [
      z.object({
        resultType: z.literal('vector'),
        result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: sample })),
      }),
      z.object({ resultType: z.literal(['scalar', 'string']), result: sample }),
      z.object({ resultType: z.literal('matrix'), result: z.array(z.unknown()) }),
    ]),
  }),
  z.object({ status: z.literal('error'), error: z.string() }),
]);

/** Far more than any answer that a step could judge. */
const bytesMax = 16 * 1_048_576;

export const attemptPromql = (
  { body }: Step,
  { prometheusUrl }: StepContext,
  { signal }: AttemptBound,
): Promise<Attempt> => askPrometheus(prometheusUrl, body, signal);

/** One instant query. */
export const askPrometheus = async (prometheusUrl: string, query: string, signal: AbortSignal): Promise<Attempt> => {
  if (signal.aborted) return { type: 'stopped' };
  const url = new URL(`${prometheusUrl.replace(/\/$/, '')}/api/v1/query`);
  url.searchParams.set('query', query);
  let text: string;
  try {
    text = await get(url, signal);
  } catch (error) {
    if (signal.aborted) return { type: 'stopped' };
    return {
      type: 'refused',
      kind: 'unreachable',
      reason: `Prometheus at ${prometheusUrl} did not answer: ${reasonOf(error)}`,
    };
  }
  const read = answer.safeParse(parsed(text));
  if (!read.success)
    return {
      type: 'refused',
      kind: 'unreachable',
      reason: `Prometheus at ${prometheusUrl} answered with something else: ${text.slice(0, 80)}`,
    };
  if (read.data.status === 'error') return { type: 'refused', kind: 'rejected', reason: read.data.error };
  const { data } = read.data;
  switch (data.resultType) {
    case 'vector':
      return answered(data.result.map(({ metric, value: [, value] }) => rowOf(value, metric)));
    case 'scalar':
    case 'string':
      return answered([rowOf(data.result[1], {})]);
    case 'matrix':
      return {
        type: 'refused',
        kind: 'rejected',
        reason: 'the query gives a range of samples; expected one value per series',
      };
    default:
      return data satisfies never;
  }
};

const answered = (rows: readonly Row[]): Attempt => ({ type: 'answered', facts: { stdout: '', stderr: '', rows } });

/** NaN is the absence of a number. A label called `value` cannot hide the value. */
const rowOf = (value: string, labels: Readonly<Record<string, string>>): Row => {
  const number = value === '+Inf' ? Infinity : value === '-Inf' ? -Infinity : Number(value);
  const own = { value: Number.isNaN(number) ? null : number };
  return { ...own, ...labels, ...own };
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** A connection for one question; `fetch` would keep it open for the next. Prometheus explains a bad query in its body. */
const get = (url: URL, signal: AbortSignal): Promise<string> =>
  new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestTls : request;
    const sent = send(url, { agent: false, signal }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > bytesMax) sent.destroy(new Error(`the answer is larger than ${bytesMax} bytes`));
        chunks.push(chunk);
      });
      response.on('end', () => resolve(Buffer.concat(chunks).toString()));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
