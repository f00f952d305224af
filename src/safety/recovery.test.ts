import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { undoers } from '../faults/undoers.ts';
import { decodeJournal } from '../journal/codec.ts';
import { openJournal } from '../journal/journal.ts';
import { minutes, ms } from '../units.ts';
import { identityOf, keepOwner, ownerState } from './owner.ts';
import { reachOf } from './reach.ts';
import { deadRuns, journalFile, recoverRun, undoLogFile, unendedRuns } from './recovery.ts';
import { isRunFolder, makeRunFolder, runFolderFor } from './run-folder.ts';
import { openUndoLog, type UndoRecord } from './undo-log.ts';

const scratch = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-recovery-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

let runs: string;
let runId: string;
let run: string;
beforeEach(() => {
  runs = scratch();
  runId = `20260101-000000-${randomBytes(3).toString('hex')}`;
  run = join(runs, runId);
  mkdirSync(run);
});

const intend = (record: UndoRecord, livesIn?: string): string => {
  const log = openUndoLog(undoLogFile(run));
  const id = log.intend({
    what: record.kind,
    byHand: 'by hand',
    ttlMs: minutes(15),
    record,
    ...(livesIn === undefined ? {} : { livesIn }),
  });
  log.mark(id, 'injected');
  log.close();
  return id;
};

/** The folder of an environment with something in it. */
const environment = (): string => {
  const folder = runFolderFor(runId, 'fault');
  makeRunFolder(folder);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'shop.json'), '{}');
  return folder;
};

const recover = () => recoverRun(run, 'operator');

test('the folder of a dead run is removed, and what lived in it is settled with it', async () => {
  const folder = environment();
  const id = intend({ kind: 'folder.remove', folder });
  intend({ kind: 'toxics.remove', toxiproxyUrl: 'http://127.0.0.1:9', proxy: 'p', toxics: ['t'] }, id);
  expect(deadRuns(runs).map((dead) => dead.runId)).toEqual([runId]);
  expect(await recover()).toEqual([]);
  expect(existsSync(folder)).toBe(false);
  expect(deadRuns(runs)).toEqual([]);
});

describe('a log that somebody else may have written', () => {
  test('never removes a folder that is not its own run’s among the temporary ones', async () => {
    const victim = scratch();
    intend({ kind: 'folder.remove', folder: victim });
    expect((await recover()).map(({ what }) => what)).toEqual(['folder.remove']);
    expect(existsSync(victim)).toBe(true);
  });

  test('never talks to an address that stands in it', async () => {
    intend({ kind: 'toxics.remove', toxiproxyUrl: 'http://127.0.0.1:9', proxy: 'p', toxics: ['t'] });
    intend({ kind: 'sessions.end', operatorUrl: 'postgresql://127.0.0.1:9/x', applicationName: 'x' });
    const residue = await recoverRun(run, 'operator', { undoers, reach: reachOf(['http://127.0.0.1:8']) });
    // Had it been tried, a refused connection would be the reason.
    expect(residue.map(({ reason }) => reason)).toEqual([
      'nobody here may undo anything at http://127.0.0.1:9',
      'nobody here may undo anything at postgresql://127.0.0.1:9/x',
    ]);
  });

  test('is not believed where it is a link', () => {
    const elsewhere = join(scratch(), 'undo.log');
    writeFileSync(elsewhere, '');
    symlinkSync(elsewhere, undoLogFile(run));
    intend({ kind: 'folder.remove', folder: runFolderFor(runId, 'fault') });
    expect(deadRuns(runs)).toEqual([]);
  });

  test('writes no journal through a link', async () => {
    const target = join(scratch(), 'precious');
    writeFileSync(target, 'precious');
    symlinkSync(target, journalFile(run));
    intend({ kind: 'folder.remove', folder: environment() });
    expect(await recover()).toEqual([]);
    expect(readFileSync(target, 'utf8')).toBe('precious');
  });
});

test('a damaged journal does not keep anything from being undone', async () => {
  const folder = environment();
  intend({ kind: 'folder.remove', folder });
  writeFileSync(journalFile(run), '{"seq":0}\n{"seq":0}\n');
  expect(await recover()).toEqual([]);
  expect(existsSync(folder)).toBe(false);
});

test('the journal says by whom a fault was undone, and ends', async () => {
  const journal = openJournal(
    journalFile(run),
    () => ms(0),
    () => expect.unreachable(),
  );
  const id = intend({ kind: 'folder.remove', folder: environment() });
  const undoId = intend({ kind: 'service.restore', configuration: '{}' }, id);
  journal.append({ type: 'fault.intended', faultId: '1-x', fault: 'x', description: 'x', undoId });
  journal.close();
  await recover();
  const { events } = decodeJournal(readFileSync(journalFile(run), 'utf8'));
  expect(events.map(({ type }) => type)).toEqual([
    'fault.intended',
    'fault.undone',
    'fault.verified',
    'run.failed',
    'run.ended',
  ]);
  expect(events[1]).toMatchObject({ faultId: '1-x', undoId, by: 'operator' });
});

describe('a record that was cut short', () => {
  const started = (): void => {
    const journal = openJournal(
      journalFile(run),
      () => ms(0),
      () => expect.unreachable(),
    );
    journal.append({ type: 'fault.intended', faultId: '1-x', fault: 'x', description: 'x', undoId: 'u1' });
    journal.close();
  };
  const types = (): readonly string[] =>
    decodeJournal(readFileSync(journalFile(run), 'utf8')).events.map(({ type }) => type);

  test('although everything was undone (a full disk) is found, and gets its end', async () => {
    started();
    const id = intend({ kind: 'folder.remove', folder: runFolderFor(runId, 'fault') });
    const log = openUndoLog(undoLogFile(run));
    log.mark(id, 'verified');
    log.close();
    expect(deadRuns(runs)).toEqual([]);
    expect(unendedRuns(runs)).toEqual([run]);
    expect(await recover()).toEqual([]);
    expect(types()).toEqual(['fault.intended', 'fault.undone', 'fault.verified', 'run.failed', 'run.ended']);
    expect(unendedRuns(runs)).toEqual([]);
  });

  test('is told once that something could not be undone, however often it is tried', async () => {
    started();
    intend({ kind: 'service.restore', configuration: '{}' });
    for (let turn = 0; turn < 3; turn++) expect(await recover()).toHaveLength(1);
    expect(types()).toEqual(['fault.intended', 'fault.undoFailed', 'run.failed', 'run.ended']);
  });
});

test('what was left before a reboot is settled: processes are gone, and perhaps the folder too', async () => {
  const folder = environment();
  intend({ kind: 'folder.remove', folder });
  const gone = { pid: process.ppid, startedAt: '1' };
  keepOwner(run, { conductor: gone, watchdog: gone, url: 'http://127.0.0.1:9', token: 't' });
  const owner = readFileSync(join(run, 'owner.json'), 'utf8');
  writeFileSync(join(run, 'owner.json'), owner.replace(/"boot":("[^"]*"|null)/, '"boot":"another"'));
  rmSync(folder, { recursive: true });
  expect(deadRuns(runs).map((dead) => dead.runId)).toEqual([runId]);
  expect(await recover()).toEqual([]);
  expect(deadRuns(runs)).toEqual([]);
});

test('what nobody here may remove is settled all the same once it is seen to be gone', async () => {
  const elsewhere = join(scratch(), 'was-here');
  intend({ kind: 'folder.remove', folder: elsewhere });
  mkdirSync(elsewhere);
  expect((await recover()).map(({ reason }) => reason)).toEqual([`${elsewhere} is not a folder of this run`]);
  rmSync(elsewhere, { recursive: true });
  expect(await recover()).toEqual([]);
});

describe('one party at a time', () => {
  test('while another process is at it, nothing is touched', async () => {
    const folder = environment();
    intend({ kind: 'folder.remove', folder });
    writeFileSync(join(run, 'recovering'), JSON.stringify(identityOf(process.ppid)));
    await expect(recover()).rejects.toThrow(`process ${process.ppid} is undoing ${runId} just now`);
    expect(existsSync(folder)).toBe(true);
  });

  test('the lock of a process that died at it is taken over', async () => {
    intend({ kind: 'folder.remove', folder: environment() });
    writeFileSync(join(run, 'recovering'), JSON.stringify({ pid: process.ppid, startedAt: '1' }));
    expect(await recover()).toEqual([]);
    expect(existsSync(join(run, 'recovering'))).toBe(false);
  });
});

describe('whose a run is', () => {
  const owned = (
    change: (owner: { host: Record<string, unknown>; conductor: Record<string, unknown> }) => void,
  ): void => {
    const other = identityOf(process.ppid);
    keepOwner(run, { conductor: other, watchdog: other, url: 'http://127.0.0.1:9', token: 't' });
    const file = join(run, 'owner.json');
    const owner = JSON.parse(readFileSync(file, 'utf8')) as Parameters<typeof change>[0];
    change(owner);
    writeFileSync(file, JSON.stringify(owner));
  };

  test('its conductor runs here: it is alive', () => {
    owned(() => {});
    expect(ownerState(run)).toBe('alive');
  });

  test('the number was given to another process since: it is dead', () => {
    owned(({ conductor }) => (conductor['startedAt'] = '1'));
    expect(ownerState(run)).toBe('dead');
  });

  test('this machine was started again since: it is dead', () => {
    owned(({ host }) => (host['boot'] = 'another'));
    expect(ownerState(run)).toBe('dead');
  });

  test.each([
    ['another machine', { name: `not-${hostname()}` }],
    ['another container', { namespace: 'pid:[1]' }],
  ])('it belongs to %s: nobody here may touch it', (_, host) => {
    owned((owner) => Object.assign(owner.host, host));
    intend({ kind: 'folder.remove', folder: environment() });
    expect(ownerState(run)).toBe('elsewhere');
    expect(deadRuns(runs)).toEqual([]);
  });

  test('no owner was written, or half of one: nothing was started, so it is dead', () => {
    expect(ownerState(run)).toBe('dead');
    appendFileSync(join(run, 'owner.json'), '{"host":');
    expect(ownerState(run)).toBe('dead');
  });
});

test('only the folder that a trial of this very run would have is one of ours', () => {
  expect(isRunFolder(runFolderFor(runId, 'control'), runId)).toBe(true);
  expect(isRunFolder(runFolderFor('20260101-000000-ffffff', 'control'), runId)).toBe(false);
  expect(isRunFolder('/home/somebody', runId)).toBe(false);
  expect(isRunFolder(runFolderFor('../../home/somebody', 'fault'), '../../home/somebody')).toBe(false);
  const target = scratch();
  symlinkSync(target, runFolderFor(runId, 'fault'));
  onTestFinished(() => rmSync(runFolderFor(runId, 'fault')));
  expect(isRunFolder(runFolderFor(runId, 'fault'), runId)).toBe(false);
});

test('a folder that is there already is not taken over', () => {
  const folder = environment();
  expect(() => makeRunFolder(folder)).toThrow('EEXIST');
});
