/** What a dead run left in Docker, with a `docker` that keeps a list of what it was told in the place of the real one. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { seconds } from '../units.ts';
import { deadRuns, recoverRun, undoLogFile } from './recovery.ts';
import { openUndoLog } from './undo-log.ts';

let runs: string;
let runId: string;
let told: () => string;

/** Knows one container of the project, until it is told to remove it. */
const silence = 'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?';
let silenceDocker: () => () => void;

beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), 'gd-recovery-'));
  onTestFinished(() => rmSync(runs, { recursive: true, force: true }));
  runId = `20260101-000000-${randomBytes(3).toString('hex')}`;
  mkdirSync(join(runs, 'runs', runId), { recursive: true });
  const [docker, heard] = [join(runs, 'docker'), join(runs, 'heard')];
  writeFileSync(heard, '');
  writeFileSync(
    docker,
    `#!/bin/sh
echo "$*" >> '${heard}'
[ "$1" = ps ] && ! grep -q '^rm' '${heard}' && echo c0ffee
exit 0
`,
  );
  chmodSync(docker, 0o755);
  vi.stubEnv('PATH', `${runs}:${process.env['PATH']}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  told = () => readFileSync(heard, 'utf8');
  silenceDocker = () => {
    const answering = readFileSync(docker, 'utf8');
    writeFileSync(docker, `#!/bin/sh\necho '${silence}' >&2\nexit 1\n`);
    return () => writeFileSync(docker, answering);
  };
});

const intend = (project: string, containers?: readonly string[]): void => {
  const log = openUndoLog(undoLogFile(join(runs, 'runs', runId)));
  const environment = { what: 'the containers', byHand: 'by hand', ttlMs: seconds(60) };
  const id = log.intend({
    ...environment,
    record: { kind: 'containers.remove', project, ...(containers && { containers }) },
  });
  const inside = { what: 'a fault', byHand: 'by hand', ttlMs: seconds(60), livesIn: id } as const;
  log.intend({ ...inside, record: { kind: 'service.restore', configuration: '{}' } });
  log.close();
};

const recover = () => recoverRun(join(runs, 'runs', runId), 'operator');

test('the containers of a dead run are removed by its name, and the faults in them are settled with them', async () => {
  intend(`gameday-${runId}-f`);
  expect(await recover()).toEqual([]);
  expect(told()).toContain(`ps --all --no-trunc --quiet --filter label=com.docker.compose.project=gameday-${runId}-f`);
  expect(told()).toContain('rm --force --volumes c0ffee');
  expect(deadRuns(join(runs, 'runs'))).toEqual([]);
});

test('a log that names the containers of another run is not believed', async () => {
  intend('gameday-20260101-000000-ffffff-f');
  expect((await recover()).map(({ what, reason }) => `${what}: ${reason}`)).toEqual([
    'the containers: gameday-20260101-000000-ffffff-f is not a project of this run',
    'a fault: undefined',
  ]);
  expect(told()).toBe('');
});

const nobodys = randomBytes(32).toString('hex');

test.skipIf(process.platform !== 'linux')(
  'where Docker is silent and no process of its containers is seen, the faults are settled, and the rest is removed when it answers',
  async () => {
    intend(`gameday-${runId}-f`, [nobodys]);
    const answer = silenceDocker();
    const left = await recover();
    expect(left.map(({ what, state }) => `${what}: ${state}`)).toEqual(['the containers: ended']);
    expect(left[0]?.reason).toContain('Docker does not answer (unix:///x)');
    expect(deadRuns(join(runs, 'runs')).flatMap(({ unsettled }) => unsettled.map(({ what }) => what))).toEqual([
      'the containers',
    ]);
    answer();
    expect(await recover()).toEqual([]);
    expect(told()).toContain('rm --force --volumes c0ffee');
    expect(deadRuns(join(runs, 'runs'))).toEqual([]);
  },
);
