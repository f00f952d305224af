import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { minutes, ms, seconds } from '../units.ts';
import { reachNothing } from './reach.ts';
import { leftError, residueError, rollback, type Undoer, type Undoers } from './rollback.ts';
import { isSettled, leftBehind, mayBeActive, openUndoLog, type UndoLog, type UndoRecord } from './undo-log.ts';

const emptyLog = (): UndoLog => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-rollback-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return openUndoLog(join(folder, 'undo.log'));
};

const toxic = (name: string): UndoRecord => ({
  kind: 'toxics.remove',
  toxiproxyUrl: 'http://x',
  proxy: 'p',
  toxics: [name],
});
const folder = (name: string): UndoRecord => ({ kind: 'folder.remove', folder: name });

/** Undoers over a world that is a set of names; the ones in `broken` cannot be removed. */
const world = (present: Set<string>, broken: ReadonlySet<string> = new Set()) => {
  const order: string[] = [];
  const named = <Record>(nameOf: (record: Record) => string): Undoer<Record> => ({
    undo: async (record) => {
      order.push(nameOf(record));
      if (broken.has(nameOf(record))) throw new Error('no route to host');
      present.delete(nameOf(record));
    },
    verify: async (record) => (present.has(nameOf(record)) ? 'still there' : undefined),
  });
  const undoers = {
    'toxics.remove': named<Extract<UndoRecord, { kind: 'toxics.remove' }>>((record) => record.toxics.join()),
    'folder.remove': named<Extract<UndoRecord, { kind: 'folder.remove' }>>((record) => record.folder),
  } as unknown as Undoers;
  return { order, undoers };
};

const intend = (log: UndoLog, record: UndoRecord, livesIn?: string): string => {
  const id = log.intend({
    what: JSON.stringify(record),
    byHand: 'by hand',
    ttlMs: minutes(15),
    record,
    ...(livesIn === undefined ? {} : { livesIn }),
  });
  log.mark(id, 'injected');
  return id;
};

test('records are undone last in, first out, and settled when they are seen restored', async () => {
  const log = emptyLog();
  for (const name of ['a', 'b', 'c']) intend(log, toxic(name));
  const { order, undoers } = world(new Set(['a', 'b', 'c']));
  expect(await rollback({ log, undoers, acts: undefined, reach: reachNothing })).toEqual([]);
  expect(order).toEqual(['c', 'b', 'a']);
  expect(log.entries().map(({ state }) => state)).toEqual(['verified', 'verified', 'verified']);
});

test('one that fails does not stop the others, and is the residue', async () => {
  const log = emptyLog();
  for (const name of ['a', 'b', 'c']) intend(log, toxic(name));
  const { order, undoers } = world(new Set(['a', 'b', 'c']), new Set(['b']));
  const residue = await rollback({ log, undoers, acts: undefined, reach: reachNothing });
  expect(order).toEqual(['c', 'b', 'a']);
  expect(residue.map(({ reason }) => reason)).toEqual(['no route to host']);
  expect(residueError(residue).problems[0]).toMatchObject({ hint: 'gameday recover, or by hand: by hand' });
});

test('done but not seen restored is residue too', async () => {
  const log = emptyLog();
  intend(log, toxic('a'));
  const { undoers } = world(new Set(['a']));
  const stubborn = { ...undoers, 'toxics.remove': { undo: async () => {}, verify: async () => 'still there' } };
  expect(
    (await rollback({ log, undoers: stubborn, acts: undefined, reach: reachNothing })).map(({ reason }) => reason),
  ).toEqual(['still there']);
});

test('what lived in an environment is settled when the environment is seen to be gone', async () => {
  const log = emptyLog();
  const environment = intend(log, folder('env'));
  intend(log, toxic('a'), environment);
  const { undoers } = world(new Set(['env', 'a']), new Set(['a']));
  expect(await rollback({ log, undoers, acts: undefined, reach: reachNothing })).toEqual([]);
  expect(log.entries().map(({ state }) => state)).toEqual(['verified', 'verified']);
});

test('what could not be removed but is seen to run no more is no residue; it waits, and what lived in it is settled', async () => {
  const log = emptyLog();
  const environment = intend(log, folder('env'));
  intend(log, toxic('a'), environment);
  intend(log, toxic('b'));
  const { undoers } = world(new Set(['env', 'a', 'b']), new Set(['env', 'a', 'b']));
  const rollbackWith = async (hasEnded: () => Promise<boolean>) => {
    const ending = { ...undoers, 'folder.remove': { ...undoers['folder.remove'], hasEnded } };
    const residue = await rollback({ log, undoers: ending, acts: undefined, reach: reachNothing });
    return { residue: residue.map(({ id }) => id), states: log.entries().map(({ state }) => state) };
  };
  const everything = { residue: ['u1', 'u2', 'u3'], states: ['failed', 'failed', 'failed'] };
  expect(await rollbackWith(async () => false)).toEqual(everything);
  expect(await rollbackWith(() => Promise.reject(new Error('cannot look')))).toEqual(everything);
  expect(await rollbackWith(async () => true)).toEqual({ residue: ['u3'], states: ['ended', 'verified', 'failed'] });
  expect(log.entries().map((entry) => [isSettled(entry), mayBeActive(entry)])).toEqual([
    [false, false],
    [true, false],
    [false, true],
  ]);
  expect(leftBehind(log.entries())).toEqual({ left: ['{"kind":"folder.remove","folder":"env"}'] });
  const [left] = log.entries();
  expect(leftError([left!])).toMatchObject({
    code: 'ENVIRONMENT_FAILED',
    message: expect.stringMatching(/nothing of it runs any more$/),
  });

  const healthy = world(new Set(['env', 'b'])).undoers;
  expect(await rollback({ log, undoers: healthy, acts: undefined, reach: reachNothing })).toEqual([]);
  expect(leftBehind(log.entries())).toEqual({});
});

test('undoing again touches nothing', async () => {
  const log = emptyLog();
  intend(log, toxic('a'));
  const { order, undoers } = world(new Set(['a']));
  await rollback({ log, undoers, acts: undefined, reach: reachNothing });
  await rollback({ log, undoers, acts: undefined, reach: reachNothing });
  expect(order).toEqual(['a']);
});

test('an undo that hangs is given up after its bound', async () => {
  const log = emptyLog();
  intend(log, toxic('a'));
  const { undoers } = world(new Set(['a']));
  const hanging = {
    ...undoers,
    'toxics.remove': { undo: () => new Promise<void>(() => {}), verify: async () => undefined },
  };
  const residue = await rollback({ log, undoers: hanging, acts: undefined, reach: reachNothing, timeoutMs: 20 });
  expect(residue.map(({ reason }) => reason)).toEqual(['took too long']);
});

test.each([
  ['gets it', seconds(10), []],
  ['no more than that', ms(10), ['took too long']],
])('an undo that says how long it needs, other than the rest, %s', async (_, withinMs, reasons) => {
  const log = emptyLog();
  intend(log, toxic('a'));
  const { undoers } = world(new Set(['a']));
  const slow = {
    ...undoers,
    'toxics.remove': { withinMs, undo: () => sleepFor(100), verify: async () => undefined },
  };
  const residue = await rollback({ log, undoers: slow, acts: undefined, reach: reachNothing, timeoutMs: 50 });
  expect(residue.map(({ reason }) => reason)).toEqual(reasons);
});
