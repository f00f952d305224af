import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ms } from '../../units.ts';
import type { StepContext } from './attempt.ts';
import { capturedText, runStep, type StepResult } from './run-step.ts';
import { contextOf, expression, stepOf } from './step.fixture.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gd-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const here = (): StepContext['shell'] => ({ path: process.env['PATH'] ?? '', env: { GIVEN: 'yes' }, cwd: folder });
const run = (
  body: string,
  step: Parameters<typeof stepOf>[0] | object = {},
  context: Partial<StepContext> = {},
): Promise<StepResult> => runStep(stepOf({ language: 'sh', body, ...step }), contextOf({ shell: here(), ...context }));

/** A process that has ended but that nobody has collected yet is dead. */
const isAlive = async (pid: number): Promise<boolean> => {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
  } catch {
    return false;
  }
};
const pidIn = async (file: string): Promise<number> => Number(await readFile(join(folder, file), 'utf8'));

describe('a shell step', () => {
  test('passes when it exits with 0, and says the last line it printed', async () => {
    expect(await run('echo one\necho two')).toEqual({
      outcome: 'passed',
      detail: 'two',
      attempts: 1,
      facts: { exit: 0, stdout: 'one\ntwo\n', stderr: '', rows: [] },
    });
  });

  test('stops at the first command that is not found, and says which', async () => {
    const result = await run('echo one\nno-such-command\necho two');
    expect(result).toMatchObject({ outcome: 'failed', facts: { exit: 127, stdout: 'one\n' } });
    expect(result.detail).toMatch(/^exit = 0, but exit was 127: .*no-such-command.*not found/);
  });

  test('fails when a part of a pipe fails, and when a variable is not set', async () => {
    expect(await run('false | cat')).toMatchObject({ outcome: 'failed', facts: { exit: 1 } });
    expect((await run('echo "$not_set"')).detail).toContain('not_set');
  });

  test('is judged by its expectation instead of its exit, when it has one', async () => {
    expect(await run('exit 3', { expect: expression('exit = 3') })).toMatchObject({ outcome: 'passed' });
    expect(await run('echo 0', { expect: expression('stdout > 0') })).toMatchObject({
      outcome: 'failed',
      detail: "stdout > 0, but stdout was '0'",
    });
    expect(await run('true', { expect: expression('value > 0') })).toMatchObject({
      outcome: 'errored',
      detail: 'value needs exactly 1 row, there were 0',
    });
  });

  test('sees nothing of our environment but its own, and no input', async () => {
    process.env['GD_SECRET'] = 'leaked';
    const result = await run('env | cut -d= -f1 | sort; cat; pwd', {}, { vars: new Map([['captured', 'x']]) });
    delete process.env['GD_SECRET'];
    const names = result.facts.stdout.trim().split('\n');
    const path = names.pop();
    expect(path).toBe(folder);
    expect(names.filter((name) => !['_', 'PWD', 'SHLVL', 'OLDPWD'].includes(name))).toEqual([
      'GIVEN',
      'HOME',
      'LANG',
      'LC_ALL',
      'PATH',
      'TERM',
      'TZ',
      'captured',
    ]);
  });

  test('has its connection in the variables that psql reads', async () => {
    const on = { name: 'db', role: 'dba', via: 'direct' } as const;
    const connectionString = (): string => 'postgresql://dba:s%40fe@localhost:5433/shop';
    const result = await run('echo "$PGUSER $PGPASSWORD $PGHOST $PGPORT $PGDATABASE"', { on }, { connectionString });
    expect(result.detail).toBe('dba s@fe localhost 5433 shop');
  });

  test('keeps the beginning and the end of endless output', async () => {
    const { facts } = await run('echo begin; seq 100000 300000; echo end');
    expect(facts.stdout.length).toBeLessThan(300_000);
    expect(facts.stdout.startsWith('begin\n100000\n100001\n')).toBe(true);
    expect(facts.stdout).toContain(' bytes left out …');
    expect(facts.stdout.endsWith('300000\nend\n')).toBe(true);
  });

  test('cannot steer the terminal of the person who reads about it', async () => {
    const { detail } = await run(String.raw`printf '\033[31mred\033[0m \033]0;title\007 bell\a'`);
    expect(detail).toBe('red bell');
  });

  test('captures what it printed, trimmed', async () => {
    expect(capturedText((await run('echo; echo "  7  "')).facts)).toBe('7');
  });

  test('without any shell on its path is errored', async () => {
    const result = await run('true', {}, { shell: { path: join(folder, 'empty'), env: {}, cwd: folder } });
    expect(result).toMatchObject({ outcome: 'errored' });
    expect(result.detail).toContain('no shell could be started');
  });
});

describe('a shell step leaves nothing behind', () => {
  test('when a child in the background holds its pipes open', async () => {
    const startedAt = performance.now();
    const result = await run('sleep 60 & echo $! > background; echo done');
    expect(result).toMatchObject({ outcome: 'passed', detail: 'done' });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    const pid = await pidIn('background');
    await vi.waitFor(async () => expect(await isAlive(pid)).toBe(false));
  });

  test('when it runs out of time and will not be asked to end', async () => {
    const body = "trap '' TERM; echo $$ > stubborn; echo waiting; while true; do sleep 0.1; done";
    const result = await run(body, { timeoutMs: ms(300) });
    expect(result).toMatchObject({ outcome: 'timed-out', detail: 'not done within 300ms', attempts: 1 });
    const pid = await pidIn('stubborn');
    await vi.waitFor(async () => expect(await isAlive(pid)).toBe(false));
  });

  test('when the run stops', async () => {
    const stop = new AbortController();
    const running = run('echo $$ > stopped; sleep 60', {}, { signal: stop.signal });
    await vi.waitFor(async () => expect(await pidIn('stopped')).toBeGreaterThan(0));
    stop.abort();
    expect(await running).toMatchObject({ outcome: 'cancelled', detail: 'stopped together with the run' });
    const pid = await pidIn('stopped');
    await vi.waitFor(async () => expect(await isAlive(pid)).toBe(false));
  });
});

describe('a step that waits', () => {
  test('passes as soon as its condition holds', async () => {
    const body = 'echo x >> polls; wc -l < polls';
    const result = await run(body, { until: expression('stdout >= 3') });
    expect(result).toMatchObject({ outcome: 'passed', detail: '3', attempts: 3 });
  });

  test('ends with its timeout, and with what it saw last', async () => {
    const result = await run('echo 1', { until: expression('stdout > 1'), timeoutMs: ms(400) });
    expect(result).toMatchObject({
      outcome: 'timed-out',
      detail: "not done within 400ms: stdout > 1, but stdout was '1'",
    });
    expect(result.attempts).toBeGreaterThan(1);
  });

  test('is cancelled between two attempts when the run stops', async () => {
    const stop = new AbortController();
    const running = run('echo 1', { until: expression('stdout > 1'), everyMs: ms(60_000) }, { signal: stop.signal });
    setTimeout(() => stop.abort(), 200);
    expect(await running).toMatchObject({ outcome: 'cancelled', attempts: 1 });
  });

  test('never starts after the run has stopped', async () => {
    const result = await run('echo 1 > never', {}, { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ outcome: 'cancelled' });
    await expect(readFile(join(folder, 'never'))).rejects.toThrow('ENOENT');
  });
});
