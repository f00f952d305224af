import { expect, test } from 'vitest';
import { ms } from '../../src/units.ts';
import { leftBy } from '../gameday.fixture.ts';
import { startDrill, terminal } from '../session.fixture.ts';

test('a drill whose only terminal dies is stopped after a while, and what was broken is restored', async () => {
  const { session, performed, events } = await startDrill({ lostAfterMs: ms(6_500) });
  const person = terminal(session.url, session.tokens.primary);
  await person.sees((event) => event.type === 'alert.fired');
  await person.leave();
  await performed;
  const told = events.flatMap((event) => (event.type.startsWith('session.') ? [event.type] : []));
  expect(told).toEqual(['session.joined', 'session.lost']);
  expect(events.filter(({ type }) => type === 'run.stopped')).toMatchObject([
    { by: 'nobody', reason: 'nobody was there for 6s500ms' },
  ]);
  expect(events.map(({ type }) => type)).toContain('fault.verified');
  expect(events.at(-1)).toMatchObject({ type: 'run.ended', outcome: 'interrupted', residue: [] });
  expect(leftBy(session.runId)).toEqual([]);
});
