/** `import { verify } from 'gameday'`, as far as nothing is broken; whole runs are among the proofs. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GamedayError, verify } from '../src/cli/library.ts';
import { edit, scratchProject } from './gameday.fixture.ts';

const thrownBy = async (request: Parameters<typeof verify>[0]): Promise<unknown> =>
  verify(request).then(
    () => undefined,
    (error: unknown) => error,
  );

test('documents that are wrong reject with all problems and their places, and nothing was started', async () => {
  const project = scratchProject();
  edit(project, 'experiments/pool-undersized.yaml', 'title:', 'titel:');
  edit(project, 'monitoring/alerts.yml', 'sum(shop_pool_waiting) > 5', 'sum(shop_pool_waiting >');
  const error = await thrownBy({ project });
  expect(error).toBeInstanceOf(GamedayError);
  const { code, problems } = error as GamedayError;
  expect(code).toBe('DOCUMENT_INVALID');
  expect(problems.map(({ at }) => at?.file)).toEqual(
    expect.arrayContaining(['experiments/pool-undersized.yaml', 'monitoring/alerts.yml']),
  );
  expect(existsSync(join(project, '.gameday'))).toBe(false);
});

test('a name that does not exist is met with the nearest one that does', async () => {
  const error = await thrownBy({ project: scratchProject(), experiments: ['web-stack-outge'] });
  expect((error as GamedayError).problems).toEqual([
    { message: 'there is no experiment "web-stack-outge"', hint: 'did you mean "web-stack-outage"?' },
  ]);
});

test('a signal that was aborted before starts nothing', async () => {
  const project = scratchProject();
  const reason = new Error('enough');
  expect(await thrownBy({ project, signal: AbortSignal.abort(reason) })).toBe(reason);
  expect(existsSync(join(project, '.gameday'))).toBe(false);
});
