/** A whole drill with nothing but HTTP in hand: paged, acknowledged, looked into, mended, resolved. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createParser } from 'eventsource-parser';
import { expect, onTestFinished, test } from 'vitest';
import { perform } from '../../src/cli/perform.ts';
import { planAll } from '../../src/cli/plans.ts';
import { openProject } from '../../src/cli/project.ts';
import type { Action, Reply } from '../../src/drill/action.ts';
import type { Briefing } from '../../src/drill/briefing.ts';
import { decodeJournal } from '../../src/journal/codec.ts';
import type { JournalEvent } from '../../src/journal/events.ts';
import type { OpenedSession } from '../../src/run/conduct.ts';
import { Stopped } from '../../src/run/stopped.ts';
import { ownerOf } from '../../src/safety/owner.ts';
import { ms, seconds, type Ms } from '../../src/units.ts';
import { edit, leftBy, scratchProject } from '../gameday.fixture.ts';

const experiment = 'experiments/web-stack-outage.yaml';

/** Starts a drill of the flagship in this process, with a limit of its own. */
const startDrill = async ({
  limitMs = seconds(60),
  lostAfterMs = seconds(60),
}: { limitMs?: Ms; lostAfterMs?: Ms } = {}) => {
  const folder = scratchProject();
  // Words that stand nowhere else, in all that a responder must not see.
  edit(folder, experiment, /name: the server lets both pools in/, 'name: CANARY-HEALED');
  edit(folder, experiment, /(sql: ")select current_setting/, '$1select /* CANARY-SQL */ current_setting');
  edit(folder, experiment, /(level: solution, text: )'[^']*'/, "$1'CANARY-SOLUTION'");
  edit(folder, experiment, /(act: restart-service, severity: minor, why: )[^}]*/, '$1CANARY-HARM ');
  edit(folder, experiment, /(times: [\d.]+, why: )'[^']*'/, '$1CANARY-SPIKE');
  edit(folder, experiment, /notes:\n    - \{ at: \w+,/, 'notes:\n    - { at: 1s,');
  const project = openProject(folder, undefined);
  const [planned] = await planAll(project, ['web-stack-outage'], {
    ...{ proof: 'single', speed: 30, seed: 1, runbook: null },
    drill: { mode: 'evaluation', timeScale: null, limitMs },
  });
  if (planned === undefined) throw new Error('no plan');
  const opened = Promise.withResolvers<OpenedSession>();
  const stopping = new AbortController();
  const events: JournalEvent[] = [];
  const performed = perform({
    ...{ project, version: 'test', signal: stopping.signal, lostAfterMs },
    planned,
    onSession: opened.resolve,
    onEvent: (event) => events.push(event),
  });
  performed.catch(opened.reject);
  onTestFinished(async () => {
    stopping.abort(new Stopped('SIGINT'));
    await performed;
  });
  return { session: await opened.promise, performed, events };
};

/** A terminal as a program: reads the stream, beats and acts. */
const terminal = (url: string, token: string) => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const leaving = new AbortController();
  const seen: JournalEvent[] = [];
  let text = '';
  const briefing = Promise.withResolvers<{ briefing: Briefing; nowMs: number }>();
  const listeners = new Set<() => void>();
  const parser = createParser({
    onEvent: ({ event, data }) => {
      if (event === 'briefing') briefing.resolve(JSON.parse(data) as { briefing: Briefing; nowMs: number });
      else seen.push(JSON.parse(data) as JournalEvent);
      for (const look of listeners) look();
    },
  });
  const reading = (async () => {
    const response = await fetch(`${url}/v1/events`, { headers, signal: leaving.signal });
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      parser.feed(chunk);
    }
  })().catch(() => {});
  const beating = setInterval(() => {
    void fetch(`${url}/v1/beat`, { method: 'POST', headers }).catch(() => {});
  }, 1_000);
  const leave = async (): Promise<void> => {
    clearInterval(beating);
    leaving.abort();
    await reading;
  };
  onTestFinished(leave);
  return {
    seen,
    text: () => text,
    briefing: briefing.promise,
    leave,
    /** Rejects when the run ends without it. */
    sees: (wanted: (event: JournalEvent) => boolean): Promise<JournalEvent> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = seen.find(wanted);
          if (found !== undefined) resolve(found);
          else if (seen.at(-1)?.type === 'run.ended') reject(new Error(`not seen: ${JSON.stringify(seen.slice(-3))}`));
          else return;
          listeners.delete(look);
        };
        listeners.add(look);
        look();
      }),
    say: async (wanted: Action): Promise<Reply> => {
      const response = await fetch(`${url}/v1/actions`, { method: 'POST', headers, body: JSON.stringify(wanted) });
      return (await response.json()) as Reply;
    },
    get: (path: string) => fetch(`${url}${path}`, { headers }),
  };
};

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
