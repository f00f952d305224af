import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { drillPlan } from '../../../test/drill.fixture.ts';
import { startClock } from '../../clock.ts';
import { readRunbook } from '../../documents/runbook.ts';
import type { Action, Reply } from '../../drill/action.ts';
import { briefingOf } from '../../drill/briefing.ts';
import type { Environment, RestartTarget } from '../../environments/environment.ts';
import { GamedayError, showProblems } from '../../errors.ts';
import type { JournalFact } from '../../journal/events.ts';
import { openJournal } from '../../journal/journal.ts';
import { openActs } from '../acts.ts';
import type { Pager } from '../pager.ts';
import { stageDoor } from '../stage.ts';
import { openDesk } from './desk.ts';

const page = (title: string, steps: readonly string[]): string =>
  [
    ...['---', 'gameday:', '  version: 1', `  alerts: [${title}]`, '  owner: team', '  reviewed: 2024-07-01'],
    ...['  escalation: { after: 15m, to: dba }', '  connections:', '    dba: { role: oncall_dba, via: direct }', '---'],
    ...[`# ${title}`, '', '## Meaning', '', 'Logins are refused.', '', ...steps],
  ].join('\n');
const fence = (attributes: object, body: string): string => `\`\`\`sh ${JSON.stringify(attributes)}\n${body}\n\`\`\`\n`;

const runbooks = new Map([
  [
    'runbooks/Refused.md',
    page('Refused', [
      '## Diagnosis\n',
      fence({ name: 'look', capture: 'seen' }, 'echo ill'),
      '## Mitigation\n',
      'First this.\n',
      fence(
        { name: 'mend', danger: 'write', undo: 'spoil', confirm: 'yes', expect: "$seen = 'ill'" },
        'echo mended\necho twice',
      ),
      '## Rollback\n',
      fence({ name: 'spoil', danger: 'write', excludeFromRunAll: 'true' }, 'echo spoilt'),
    ]),
  ],
  ['runbooks/Slow.md', page('Slow', ['## Diagnosis\n', fence({ name: 'wait' }, 'sleep 30')])],
]);

/** A desk over an environment that only remembers what it was told. */
const sit = async (given: { up?: boolean; metrics?: string } = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-desk-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const clock = startClock();
  const journal = openJournal(join(folder, 'journal.jsonl'), clock.nowMs, () => expect.unreachable());
  onTestFinished(() => journal.close());
  const restarted: RestartTarget[] = [];
  let configuration = `${JSON.stringify({ databaseUrl: 'secret', pool: { max: 20 } }, null, 2)}\n`;
  const environment = {
    postgres: {
      onCallRole: 'oncall_dba',
      connectionString: (role: string) => `postgresql://${role}:x@127.0.0.1:1/shop`,
    },
    prometheusUrl: given.metrics ?? 'http://127.0.0.1:1',
    logTail: async (of: string) => Array.from({ length: 300 }, (_, line) => `${of} ${line}\n`).join(''),
    restart: async (target: RestartTarget) => void restarted.push(target),
    service: {
      urls: ['a', 'b'],
      readConfiguration: async () => configuration,
      writeConfiguration: async (text: string) => void (configuration = text),
    },
  } as unknown as Environment;
  const door = stageDoor();
  const urls: Record<string, string> = {
    Refused: 'runbooks/Refused.md',
    Slow: 'runbooks/Slow.md',
    Dead: 'runbooks/Gone.md',
  };
  const pager = {
    annotationsOf: (alert: string) => (urls[alert] === undefined ? {} : { runbook_url: urls[alert] }),
  } as unknown as Pager;
  const stage = { environment, pager, folder, session: { url: 'http://127.0.0.1:1', token: 'x' } };
  if (given.up !== false) door.open(stage);
  onTestFinished(() => door.close());
  const plan = { ...drillPlan('evaluation'), speed: 30 };
  const stopped: string[] = [];
  const desk = openDesk({
    ...{ drill: plan.drill!, journal, clock, door, runbooks },
    briefing: briefingOf({ runId: '20240620-101500-beef', startedAt: '', plan }, [...runbooks.keys()]),
    acts: openActs((fact) => void journal.append(fact), true),
    readRunbook: {
      exists: (file) => runbooks.has(file),
      read: async (file) => {
        const read = await readRunbook({ file, text: runbooks.get(file) ?? '' });
        if (!read.ok) throw new GamedayError('DOCUMENT_INVALID', { message: showProblems(read.problems) });
        return read.value;
      },
    },
    onStop: (by, reason) => stopped.push(`${by}: ${reason}`),
  });
  const pages = (alert: string): void =>
    void journal.append({ type: 'alert.delivered', alert, labels: {}, receiver: 'pager' });
  return {
    door,
    restarted,
    stopped,
    pages,
    configuration: () => configuration,
    say: (wanted: Action): Promise<Reply> => desk(wanted, 'primary'),
    facts: (...types: readonly JournalFact['type'][]) =>
      journal.events
        .filter(({ type }) => types.includes(type))
        .map((event) => Object.fromEntries(Object.entries(event).filter(([key]) => key !== 'seq' && key !== 'atMs'))),
  };
};

describe('an act that hits something', () => {
  test('is told first, done when its word was typed, announced before and said afterwards', async () => {
    const { say, facts, restarted } = await sit();
    expect(await say({ do: 'restart', target: 'postgres' })).toEqual({
      type: 'confirm',
      word: 'restart postgres',
      says: 'Restarts PostgreSQL: every session is dropped, and nobody gets in for about a second. A restart cannot be taken back.',
    });
    expect(await say({ do: 'restart', target: 'postgres', confirm: 'restart service' })).toMatchObject({
      type: 'refused',
      problem: '"restart service" is not "restart postgres"; nothing was done',
    });
    expect([restarted, facts('team.acted')]).toEqual([[], []]);
    expect(await say({ do: 'restart', target: 'postgres', confirm: 'restart postgres' })).toMatchObject({
      type: 'done',
    });
    expect(restarted).toEqual(['postgres']);
    expect(facts('team.acted', 'environment.changed')).toEqual([
      { type: 'team.acted', by: 'primary', act: 'restart-postgres', detail: '' },
      { type: 'environment.changed', act: 'restart', target: 'postgres', by: 'primary' },
    ]);
  });

  test('a setting that does not exist is refused before anybody has to type', async () => {
    const { say, configuration, facts } = await sit();
    const configure = (settings: Record<string, number | string>, confirm?: string): Promise<Reply> =>
      say({ do: 'configure', target: 'service', settings, ...(confirm === undefined ? {} : { confirm }) });
    expect(await configure({ 'pool.maximum': 5 })).toMatchObject({
      problem: 'the service has no setting pool.maximum',
    });
    expect(await configure({ 'pool.max': 5, databaseUrl: 'hush' })).toMatchObject({ word: 'configure service' });
    expect(configuration()).toContain('"max": 20');
    expect(await configure({ 'pool.max': 5, databaseUrl: 'hush' }, 'configure service')).toMatchObject({
      type: 'done',
    });
    expect(configuration()).toContain('"max": 5');
    // A text may be a secret.
    expect(facts('team.acted')).toMatchObject([{ act: 'configure-service', detail: 'pool.max=5 databaseUrl' }]);
  });
});

describe('a runbook', () => {
  test('is found behind the alert that paged, and reads as numbered steps with what they do', async () => {
    const { say, pages, facts } = await sit();
    pages('Refused');
    expect(await say({ do: 'openRunbook' })).toEqual({
      type: 'done',
      title: 'Refused  runbooks/Refused.md',
      lines: [
        ...['# Refused', '', '## Meaning', '', 'Logins are refused.', '', '## Diagnosis', ''],
        ...['[1] look  (sh as oncall_dba; only looks)', '      echo ill', '', '## Mitigation', '', 'First this.', ''],
        ...['[2] mend  (sh as oncall_dba; CHANGES something, asks first)', '      echo mended', '      echo twice'],
        ...["      expects $seen = 'ill'", '      taken back by spoil', '', '## Rollback', ''],
        ...['[3] spoil  (sh as oncall_dba; CHANGES something, asks first)', '      echo spoilt', ''],
      ],
    });
    expect(facts('runbook.found', 'runbook.started', 'runbook.missing')).toEqual([
      { type: 'runbook.found', alert: 'Refused', url: 'runbooks/Refused.md', file: 'runbooks/Refused.md' },
      { type: 'runbook.started', file: 'runbooks/Refused.md', steps: ['look', 'mend'] },
    ]);
    await say({ do: 'openRunbook', runbook: 'refused' });
    expect(facts('runbook.started')).toHaveLength(1);
  });

  test('is chosen from the list where no alert or several lead to one; a dead link is a finding, once', async () => {
    const { say, pages, facts } = await sit();
    const list = async (): Promise<Reply> => say({ do: 'openRunbook' });
    expect(await list()).toMatchObject({ lines: [expect.anything(), expect.anything(), ' Refused |', ' Slow    |'] });
    for (const alert of ['Refused', 'Slow', 'Dead', 'Unlinked']) pages(alert);
    expect(await list()).toMatchObject({
      lines: [expect.anything(), expect.anything(), ' Refused | Refused', ' Slow    | Slow'],
    });
    await list();
    expect(facts('runbook.missing')).toMatchObject([{ alert: 'Dead', url: 'runbooks/Gone.md' }]);
    expect(await say({ do: 'openRunbook', runbook: 'Refusd' })).toMatchObject({ hint: 'did you mean "Refused"?' });
  });

  test('is run step by step, by name or number; what a step found is there for the next', async () => {
    const { say, facts } = await sit();
    expect(await say({ do: 'runStep', step: 'look' })).toMatchObject({ problem: 'no runbook is open' });
    await say({ do: 'openRunbook', runbook: 'Refused' });
    expect(await say({ do: 'runStep', step: '1' })).toEqual({
      type: 'done',
      title: 'look passed: ill',
      lines: ['ill'],
    });
    expect(await say({ do: 'runStep', step: 'mend' })).toEqual({
      type: 'confirm',
      word: 'run mend',
      says: 'Step mend CHANGES something (sh as oncall_dba): echo mended echo twice. Step spoil takes it back.',
    });
    expect(await say({ do: 'runStep', step: 'mend', confirm: 'yes' })).toMatchObject({ type: 'refused' });
    expect(facts('step.started')).toHaveLength(1);
    // Another runbook in between does not forget what was found.
    await say({ do: 'openRunbook', runbook: 'Slow' });
    await say({ do: 'openRunbook', runbook: 'Refused' });
    expect(await say({ do: 'runStep', step: '2', confirm: 'run mend' })).toMatchObject({
      title: 'mend passed: twice',
      lines: ['mended', 'twice'],
    });
    expect(facts('team.acted')).toEqual([
      { type: 'team.acted', by: 'primary', act: 'step mend', detail: 'echo mended echo twice' },
    ]);
    expect(await say({ do: 'runStep', step: '3' })).toMatchObject({ word: 'run spoil' });
    for (const step of ['4', '0', '-1', 'mnd'])
      expect(await say({ do: 'runStep', step })).toMatchObject({ type: 'refused' });
    expect(await say({ do: 'rateStep', step: '2', helpful: true })).toMatchObject({
      type: 'done',
      title: 'mend: helped',
    });
  });

  test('has one step at a time, and the end of the drill ends it', async () => {
    const { say, door, facts } = await sit();
    await say({ do: 'openRunbook', runbook: 'Slow' });
    const waiting = say({ do: 'runStep', step: 'wait' });
    await expect.poll(() => facts('step.started')).toHaveLength(1);
    expect(await say({ do: 'runStep', step: 'wait' })).toMatchObject({ problem: 'step wait is still running' });
    await door.close();
    expect(await waiting).toMatchObject({ title: expect.stringMatching(/^wait cancelled/) as unknown });
    expect(await say({ do: 'note', text: 'too late' })).toEqual({
      type: 'refused',
      problem: 'the drill is over',
      hint: null,
    });
  });
});

describe('a question', () => {
  test('to a log shows its last 200 lines, or those that hold a text, and says what it was about', async () => {
    const { say, facts } = await sit();
    const all = await say({ do: 'logs', of: 'postgres' });
    expect(all).toMatchObject({ title: 'the last 200 lines of postgres' });
    expect(all.type === 'done' && [all.lines[0], all.lines.at(-1)]).toEqual(['postgres 100', 'postgres 299']);
    expect(await say({ do: 'logs', of: 'access', filter: ' 29' })).toMatchObject({ title: '11 lines of access' });
    expect(facts('team.queried')).toMatchObject([
      { tool: 'logs', component: 'database', text: 'postgres', ok: true },
      { tool: 'logs', component: 'web-server', text: 'access  29', ok: true },
    ]);
  });

  test('to the metrics is asked with the ranges of a faster machine, and answered as a table', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(new URL(request.url ?? '', 'http://x').searchParams.get('query') ?? '');
      const result = [
        { metric: { role: 'shop' }, value: [1, '12'] },
        { metric: {}, value: [1, 'NaN'] },
      ];
      response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close());
    const { say } = await sit({ metrics: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    expect(await say({ do: 'promql', text: 'rate(x[5m])' })).toEqual({
      type: 'done',
      title: '2 samples',
      lines: [
        ' labels        | value',
        '---------------+-------',
        ' {role="shop"} |    12',
        ' {}            |   NaN',
        '(2 samples)',
      ],
    });
    expect(asked).toEqual(['rate(x[10s])']);
  });

  test('that nobody answers is an answer, written down as what it is', async () => {
    const { say, facts } = await sit();
    expect(await say({ do: 'sql', text: 'select 1' })).toMatchObject({
      type: 'done',
      title: expect.stringContaining('ECONNREFUSED'),
    });
    expect(await say({ do: 'promql', text: 'up' })).toMatchObject({ title: expect.stringContaining('did not answer') });
    expect(facts('team.queried')).toMatchObject([
      { tool: 'sql', component: 'database', ok: false },
      { tool: 'promql', component: null, ok: false },
    ]);
  });
});

test('before the environment is up nothing is asked of it, but a note is taken', async () => {
  const { say } = await sit({ up: false });
  expect(await say({ do: 'sql', text: 'select 1' })).toMatchObject({ problem: 'the environment is not up yet' });
  expect(await say({ do: 'note', text: 'here' })).toMatchObject({ type: 'done' });
});

test('the red button stops at once', async () => {
  const { say, stopped } = await sit();
  expect(await say({ do: 'stop', reason: 'a real page' })).toMatchObject({ type: 'done' });
  expect(stopped).toEqual(['primary: a real page']);
});

test('no answer holds a word of the truth', async () => {
  const { say, pages } = await sit();
  pages('Refused');
  const wrong: readonly Action[] = [
    { do: 'focus', component: 'x' },
    { do: 'hypothesise', cause: 'x', status: 'confirmed' },
    { do: 'escalate', to: 'x' },
    { do: 'claim', claim: 'resolved' },
    { do: 'hint' },
    { do: 'openRunbook', runbook: 'x' },
  ];
  const answers = JSON.stringify(await Promise.all(wrong.map(say)));
  expect(answers).not.toContain('SEV-1');
  expect(answers).not.toContain('lower');
  expect(answers).not.toContain('What does the database itself say');
  // The cause stands among the others, in the order of the alphabet.
  const { causes } = drillPlan().drill!;
  expect(answers).toContain(`use one of: ${[...causes].toSorted().join(', ')}`);
});
