import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startClock } from '../clock.ts';
import { readRunbook, type Runbook } from '../documents/runbook.ts';
import type { Environment, RestartTarget } from '../environments/environment.ts';
import { showProblems } from '../errors.ts';
import type { JournalFact } from '../journal/events.ts';
import { followRunbook } from './follow-runbook.ts';
import { openActs } from './acts.ts';
import type { Pager } from './pager.ts';
import { openSession } from './session/session.ts';
import { stageDoor } from './stage.ts';

const fence = (language: string, attributes: Record<string, string>, body: string): string =>
  [`\`\`\`${language} ${JSON.stringify(attributes)}`, body, '```', ''].join('\n');

/** A runbook with these sections, read as any other. */
const runbookOf = async (sections: Readonly<Record<string, readonly string[]>>): Promise<Runbook> => {
  const frontMatter = [
    ...['---', 'gameday:', '  version: 1', '  alerts: [Down]', '  owner: team', '  reviewed: 2024-07-01'],
    ...['  escalation: { after: 15m, to: dba }', '  connections:', '    dba: { role: oncall_dba, via: direct }', '---'],
  ];
  const text = [
    ...frontMatter,
    '# Down',
    '',
    ...Object.entries(sections).flatMap(([title, blocks]) => [`## ${title}`, '', ...blocks]),
  ].join('\n');
  const read = await readRunbook({ file: 'runbooks/Down.md', text });
  if (!read.ok) throw new Error(showProblems(read.problems));
  return read.value;
};

/** A Prometheus that answers every query with 1 and remembers what it was asked. */
const prometheus = async (): Promise<{ url: string; asked: string[] }> => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(new URL(request.url ?? '', 'http://x').searchParams.get('query') ?? '');
    const result = [{ metric: {}, value: [1_700_000_000, '1'] }];
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => (server.closeAllConnections(), void server.close()));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
};

const follow = async (
  runbook: Runbook,
  given: { prometheusUrl?: string; speed?: number; signal?: AbortSignal; onFact?: (fact: JournalFact) => void } = {},
) => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-follow-'));
  const facts: JournalFact[] = [];
  const restarted: RestartTarget[] = [];
  const environment = {
    postgres: { connectionString: (role: string) => `postgresql://${role}:x@127.0.0.1:1/shop` },
    prometheusUrl: given.prometheusUrl ?? 'http://127.0.0.1:1',
    restart: async (target: RestartTarget) => void restarted.push(target),
  } as unknown as Environment;
  const record = (fact: JournalFact): void => {
    facts.push(fact);
    given.onFact?.(fact);
  };
  const door = stageDoor();
  const session = await openSession({ door, acts: openActs(record, false), nowMs: startClock().nowMs, drill: null });
  const address = { url: session.url, token: session.tokens.runbook };
  door.open({ environment, folder, session: address, pager: {} as unknown as Pager });
  onTestFinished(async () => {
    await session[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  const following = followRunbook({
    ...{ runbook, environment, folder, record, runId: '20240620-101500-beef', speed: given.speed ?? 30 },
    session: address,
    clock: startClock(),
    signal: given.signal ?? new AbortController().signal,
  });
  return { following, facts, folder, restarted };
};

const finished = (facts: readonly JournalFact[]): readonly string[] =>
  facts.flatMap((fact) => (fact.type === 'step.finished' ? [`${fact.step}: ${fact.outcome}, ${fact.detail}`] : []));

describe('a runbook', () => {
  test('is followed in the order of the page, and claims ok when every step has passed', async () => {
    const runbook = await runbookOf({
      Diagnosis: [fence('sh', { name: 'look' }, 'echo ill')],
      Mitigation: [fence('sh', { name: 'mend', danger: 'write', undo: 'none', confirm: 'yes' }, 'echo mended')],
      Verification: [fence('sh', { name: 'look-again', expect: "stdout ~ 'well'" }, 'echo well')],
      Rollback: [fence('sh', { name: 'never', danger: 'write' }, 'exit 9')],
    });
    const { following, facts } = await follow(runbook);
    expect(await following).toBe('ok');
    expect(facts).toEqual([
      { type: 'runbook.started', file: 'runbooks/Down.md', steps: ['look', 'mend', 'look-again'] },
      ...(
        [
          ['look', 'diagnosis', 'read', 'ill'],
          ['mend', 'mitigation', 'write', 'mended'],
          ['look-again', 'verification', 'read', 'well'],
        ] as const
      ).flatMap(([step, section, danger, detail]) => [
        { ...{ type: 'step.started', step, section, danger, language: 'sh' }, line: expect.any(Number) as unknown },
        { type: 'step.finished', step, outcome: 'passed', detail, attempts: 1 },
      ]),
      { type: 'runbook.finished', claim: 'ok' },
    ]);
  });

  test('without any step claims ok: it did all it says', async () => {
    const { following, facts } = await follow(await runbookOf({ Meaning: [] }));
    expect(await following).toBe('ok');
    expect(facts.map(({ type }) => type)).toEqual(['runbook.started', 'runbook.finished']);
  });

  test.each([
    ['failed', 'failed', fence('sh', { name: 'second' }, 'echo no such thing; false')],
    ['failed', 'failed', fence('sh', { name: 'second', expect: 'exit = 1' }, 'true')],
    ['failed', 'timed-out', fence('sh', { name: 'second', timeout: '200ms' }, 'sleep 30')],
    ['blocked', 'errored', fence('sql', { name: 'second', on: 'dba' }, 'select 1')],
    ['blocked', 'errored', fence('promql', { name: 'second', expect: 'value > 0' }, 'up')],
  ] as const)('claims %s at the first step that %s, and goes no further', async (claim, outcome, second) => {
    const runbook = await runbookOf({
      Diagnosis: [fence('sh', { name: 'first' }, 'echo up'), second, fence('sh', { name: 'third' }, 'echo up')],
    });
    const { following, facts } = await follow(runbook);
    expect(await following).toBe(claim);
    const ended = facts.flatMap((fact) => (fact.type === 'step.finished' ? [`${fact.step} ${fact.outcome}`] : []));
    expect(ended).toEqual(['first passed', `second ${outcome}`]);
    expect(facts.at(-1)).toEqual({ type: 'runbook.finished', claim });
  });

  test('that is stopped with its run claims nothing', async () => {
    const stop = new AbortController();
    const runbook = await runbookOf({ Diagnosis: [fence('sh', { name: 'first' }, 'sleep 30')] });
    const { following, facts } = await follow(runbook, {
      signal: stop.signal,
      onFact: (fact) => {
        if (fact.type === 'step.started') setTimeout(() => stop.abort(new Error('Ctrl-C')), 20);
      },
    });
    await expect(following).rejects.toThrow('Ctrl-C');
    expect(finished(facts)).toEqual(['first: cancelled, stopped together with the run']);
    expect(facts.some(({ type }) => type === 'runbook.finished')).toBe(false);
  });
});

describe('what a step found', () => {
  test('reaches later steps as a captured variable, in shells and in expectations', async () => {
    const runbook = await runbookOf({
      Diagnosis: [
        fence('sh', { name: 'ask', capture: 'pid' }, 'echo 4711'),
        fence('sh', { name: 'use' }, 'echo "ending $pid"'),
        fence('sh', { name: 'compare', expect: 'stdout = $pid' }, 'printf 4711'),
      ],
    });
    const { following, facts } = await follow(runbook);
    expect(await following).toBe('ok');
    expect(finished(facts)).toEqual(['ask: passed, 4711', 'use: passed, ending 4711', 'compare: passed, 4711']);
  });

  test('reaches the expectations of later steps by the name of its step', async () => {
    const runbook = await runbookOf({
      Diagnosis: [
        fence('sh', { name: 'before' }, 'printf 5'),
        fence('sh', { name: 'after', expect: 'stdout != stdout(before)' }, 'printf 5'),
      ],
    });
    const { following, facts } = await follow(runbook);
    expect(await following).toBe('failed');
    expect(finished(facts)[1]).toContain('after: failed');
  });
});

describe('the queries of a runbook', () => {
  const runbook = (body: string): Promise<Runbook> =>
    runbookOf({ Diagnosis: [fence('promql', { name: 'ask', expect: 'value > 0' }, body)] });

  test.each([
    [30, 'rate(failed_total[5m]) > 0.5', 'rate(failed_total[10s]) > 0.5'],
    [1, 'rate(failed_total[5m]) > 0.5', 'rate(failed_total[5m]) > 0.5'],
    // What would mean something else when compressed, or is no PromQL, is asked as it stands.
    [30, 'increase(failed_total[5m])', 'increase(failed_total[5m])'],
    [30, 'rate(failed_total[', 'rate(failed_total['],
  ])('are asked at speed %i: %s as %s', async (speed, written, asked) => {
    const server = await prometheus();
    const { following } = await follow(await runbook(written), { prometheusUrl: server.url, speed });
    expect(await following).toBe('ok');
    expect(server.asked).toEqual([asked]);
  });
});

test('a shell has this gameday on its PATH, a private home, and may act on the replica in its own name', async () => {
  const runbook = await runbookOf({
    Mitigation: [
      fence(
        'sh',
        { name: 'restart', danger: 'restart', undo: 'none', confirm: 'yes', expect: "stdout ~ 'postgres restarted'" },
        'cd; pwd; gameday env restart postgres',
      ),
    ],
  });
  const { following, facts, folder, restarted } = await follow(runbook);
  expect({ claim: await following, steps: finished(facts) }).toEqual({
    claim: 'ok',
    steps: ['restart: passed, postgres restarted'],
  });
  expect(restarted).toEqual(['postgres']);
  expect(facts).toContainEqual({ type: 'environment.changed', act: 'restart', target: 'postgres', by: 'runbook' });
  for (const [path, mode] of [
    ['home', 0o700],
    ['bin', 0o700],
    ['bin/gameday', 0o700],
  ] as const)
    expect(statSync(join(folder, path)).mode & 0o777).toBe(mode);
});
