/** A whole drill with nothing but HTTP in hand: paged, acknowledged, looked into, mended, resolved. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeJournal } from '../../src/journal/codec.ts';
import { ownerOf } from '../../src/safety/owner.ts';
import { leftBy } from '../gameday.fixture.ts';
import { startDrill, terminal } from '../session.fixture.ts';

test('a person is paged, looks, mends and resolves over HTTP alone; nothing they were sent gave the answer away', async () => {
  const { session, performed } = await startDrill();
  const { url, tokens, runFolder, runId } = session;
  expect(ownerOf(runFolder)).toMatchObject({ url, token: tokens.operator, primaryToken: tokens.primary });
  const person = terminal(url, tokens.primary);
  const { briefing, nowMs } = await person.briefing;
  expect(briefing).toMatchObject({
    runId,
    mode: 'evaluation',
    holdMs: 2_000,
    experiment: { name: 'web-stack-outage' },
  });
  expect(briefing.runbooks).toContain('runbooks/DatabaseDown.md');
  expect(nowMs).toBeGreaterThan(0);
  expect((await person.get('/v1/journal')).status).toBe(409);
  expect(await person.say({ do: 'sql', text: 'select 1' })).toMatchObject({ type: 'refused' });

  await person.sees((event) => event.type === 'alert.delivered' && event.alert === 'DatabaseConnectionsRefused');
  expect(await person.say({ do: 'acknowledge' })).toMatchObject({ type: 'done' });
  const early = await person.say({ do: 'claim', claim: 'resolved' });
  const everything = await person.say({ do: 'sql', text: 'select * from pg_stat_activity' });
  expect(JSON.stringify(everything)).toContain('gameday oracle');
  const sessions = await person.say({ do: 'sql', text: "select current_setting('max_connections') as allowed" });
  expect(sessions).toEqual({ type: 'done', title: '1 row', lines: [' allowed', '---------', ' 20', '(1 row)'] });
  expect(await person.say({ do: 'logs', of: 'postgres', filter: 'slots are reserved' })).toMatchObject({
    type: 'done',
  });
  expect(await person.say({ do: 'promql', text: 'max(pg_settings_max_connections)' })).toMatchObject({ title: '20' });
  expect(await person.say({ do: 'openRunbook', runbook: 'DatabaseConnectionsRefused' })).toMatchObject({
    type: 'done',
  });
  const asked = await person.say({ do: 'runStep', step: 'raise-the-limit' });
  expect(asked).toMatchObject({ type: 'confirm', word: 'run raise-the-limit' });
  expect(await person.say({ do: 'runStep', step: '3', confirm: 'run raise-the-limit' })).toMatchObject({
    title: expect.stringMatching(/^raise-the-limit passed/) as unknown,
  });
  expect(await person.say({ do: 'restart', target: 'postgres' })).toMatchObject({ word: 'restart postgres' });
  expect(await person.say({ do: 'restart', target: 'postgres', confirm: 'restart postgres' })).toMatchObject({
    title: 'postgres restarted',
  });
  // Nobody says when it is true: a person looks, waits, and says it again.
  let last = early;
  const ended = person.sees((event) => event.type === 'run.ended');
  const claiming = (async () => {
    for (;;) {
      const over = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1_000))]);
      if (over !== undefined) return;
      const reply = await person.say({ do: 'claim', claim: 'resolved' });
      if (reply.type === 'done') last = reply;
    }
  })();
  expect(await ended).toMatchObject({ outcome: 'completed', residue: [] });
  await claiming;
  expect(last).toEqual(early);

  expect(JSON.stringify(await person.say({ do: 'note', text: 'late' }))).toContain('the drill is over');
  const journal = decodeJournal(await (await person.get('/v1/journal')).text()).events;
  await person.leave();
  await performed;
  expect(leftBy(runId)).toEqual([]);
  expect(readFileSync(join(runFolder, 'journal.jsonl'), 'utf8')).toBe(
    journal.map((event) => `${JSON.stringify(event)}\n`).join(''),
  );
  const types = journal.map(({ type }) => type);
  for (const type of [
    ...[
      'session.joined',
      'alert.fired',
      'alert.delivered',
      'team.acknowledged',
      'team.queried',
      'connections.measured',
    ],
    ...['runbook.found', 'runbook.started', 'step.started', 'step.finished', 'note.delivered', 'environment.changed'],
    ...['service.healed', 'team.claimed', 'fault.verified'],
  ] as const)
    expect(types).toContain(type);
  const acted = journal.flatMap((event) => (event.type === 'team.acted' ? [[event.by, event.act]] : []));
  expect(acted).toEqual([
    ['primary', 'step raise-the-limit'],
    ['primary', 'restart-postgres'],
  ]);
  const phases = journal.flatMap((event) => (event.type === 'phase.entered' ? [event.phase] : []));
  expect(phases).toEqual(['up', 'warm-up', 'baseline', 'inject', 'await-alert', 'respond', 'resolve', 'undo', 'down']);

  expect(JSON.stringify(journal[0])).toContain('CANARY-SOLUTION');
  for (const secret of ['CANARY', 'lower-connection-limit', 'lowered', 'SEV-1', 'fault.', 'probe.', 'service.healed'])
    expect(person.text()).not.toContain(secret);
});
