import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startClock } from '../clock.ts';
import { openJournal, type Journal } from '../journal/journal.ts';
import { ms } from '../units.ts';
import { waitFor } from './waiting.ts';

const run = (): { journal: Journal; clock: ReturnType<typeof startClock>; stop: AbortController } => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-waiting-'));
  const clock = startClock();
  const journal = openJournal(join(folder, 'journal.jsonl'), clock.nowMs, () => {});
  onTestFinished(() => (journal.close(), rmSync(folder, { recursive: true })));
  return { journal, clock, stop: new AbortController() };
};
const minute = ms(60_000);
const healed = (journal: Journal) => (): number | undefined =>
  journal.events.find((event) => event.type === 'phase.entered' && event.phase === 'heal')?.seq;

test('what is true already is not waited for', async () => {
  const { journal, clock, stop } = run();
  journal.append({ type: 'phase.entered', phase: 'heal' });
  expect(await waitFor({ journal, clock, signal: stop.signal }, ms(0), healed(journal))).toBe(0);
});

test('the event that makes it true ends the wait; others do not', async () => {
  const { journal, clock, stop } = run();
  const waiting = waitFor({ journal, clock, signal: stop.signal }, minute, healed(journal));
  journal.append({ type: 'phase.entered', phase: 'inject' });
  expect(await Promise.race([waiting, Promise.resolve('still waiting')])).toBe('still waiting');
  journal.append({ type: 'phase.entered', phase: 'heal' });
  expect(await waiting).toBe(1);
});

test('0, false and null are answers, too', async () => {
  const { journal, clock, stop } = run();
  for (const answer of [0, false, null])
    expect(await waitFor({ journal, clock, signal: stop.signal }, minute, () => answer)).toBe(answer);
});

test('when time runs out there is no answer, and the journal is listened to no more', async () => {
  const { journal, clock, stop } = run();
  let looks = 0;
  const look = (): undefined => void looks++;
  expect(await waitFor({ journal, clock, signal: stop.signal }, ms(clock.nowMs() + 20), look)).toBeUndefined();
  expect(await waitFor({ journal, clock, signal: stop.signal }, ms(0), look)).toBeUndefined();
  journal.append({ type: 'phase.entered', phase: 'heal' });
  expect(looks).toBe(2);
});

test('an abort ends the wait with its reason, before it begins and while it lasts', async () => {
  const { journal, clock, stop } = run();
  const waiting = waitFor({ journal, clock, signal: stop.signal }, minute, healed(journal));
  stop.abort(new Error('Ctrl-C'));
  await expect(waiting).rejects.toThrow('Ctrl-C');
  journal.append({ type: 'phase.entered', phase: 'heal' });
  await expect(waitFor({ journal, clock, signal: stop.signal }, minute, healed(journal))).rejects.toThrow('Ctrl-C');
});

test('a question that cannot be answered fails its asker, not whoever writes the journal', async () => {
  const { journal, clock, stop } = run();
  let asked = 0;
  const waiting = waitFor({ journal, clock, signal: stop.signal }, minute, () => {
    if (asked++ > 0) throw new Error('no such window');
    return undefined;
  });
  const failed = waiting.catch((error: Error) => error.message);
  expect(() => journal.append({ type: 'phase.entered', phase: 'heal' })).not.toThrow();
  expect(await failed).toBe('no such window');
});
