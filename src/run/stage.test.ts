import { expect, test } from 'vitest';
import { NoStage, stageDoor, type Stage } from './stage.ts';

const parts = {} as unknown as Omit<Stage, 'signal'>;

test('nothing acts before the environment is up, and nothing new once the undo begins', async () => {
  const door = stageDoor();
  const act = (): Promise<string> => door.during(async () => 'done');
  await expect(act()).rejects.toThrow(NoStage);
  expect(door.state()).toBe('coming');
  door.open(parts);
  expect(await act()).toBe('done');
  await door.close();
  await expect(act()).rejects.toThrow('no environment is up in this run');
  expect(door.state()).toBe('closed');
});

test('closing tells whoever acts to stop, and waits for them, even if they fail', async () => {
  const door = stageDoor();
  door.open(parts);
  const ended: string[] = [];
  const acting = door.during(({ signal }) => {
    const stopped = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => {
      ended.push('acting');
      stopped.reject(signal.reason as Error);
    });
    return stopped.promise;
  });
  const failed = acting.catch((error: Error) => error.message);
  await door.close();
  ended.push('closed');
  expect(await failed).toBe('the environment is being undone');
  expect(ended).toEqual(['acting', 'closed']);
});

test('the next trial has a stage of its own', async () => {
  const door = stageDoor();
  door.open(parts);
  await door.close();
  door.open(parts);
  expect(await door.during(async ({ signal }) => signal.aborted)).toBe(false);
});
