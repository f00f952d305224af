/** What the tests of steps share: a step with only what matters said, and surroundings in which nothing is reachable. */
import { parseExpression, type Expression } from '../../documents/expression.ts';
import type { Step } from '../../documents/runbook.ts';
import { startClock } from '../../clock.ts';
import { ms } from '../../units.ts';
import type { StepContext } from './attempt.ts';

export const stepOf = (given: Partial<Step> & Pick<Step, 'language' | 'body'>): Step => ({
  at: { file: 'runbooks/Test.md', line: 1, column: 1 },
  name: 'test',
  section: 'mitigation',
  statements: [given.body],
  danger: 'write',
  everyMs: ms(20),
  timeoutMs: ms(10_000),
  ...given,
});

export const contextOf = (given: Partial<StepContext>): StepContext => ({
  connectionString: () => 'postgresql://nobody@127.0.0.1:1/none',
  prometheusUrl: 'http://127.0.0.1:1',
  shell: { path: process.env['PATH'] ?? '', env: {}, cwd: '/' },
  applicationName: 'gameday/test',
  earlier: new Map(),
  vars: new Map(),
  clock: startClock(),
  signal: new AbortController().signal,
  ...given,
});

export const expression = (text: string): Expression => {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.expression;
};
