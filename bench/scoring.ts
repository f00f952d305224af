/**
 * How fast a drill is scored, and how much memory it takes, each figure beside its target.
 *
 *     npm run bench -- scoring [EVENTS]
 *
 * A drill of a million events (unless given) is made up as it is read: sixteen hours in which everything is measured twice a
 * second and somebody does something every twenty seconds. It is judged twice, each time in a process of its own: straight
 * from the generator, and from a journal file that is read line by line, which adds what decoding costs. The peak is the
 * process's largest resident set, generator included.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { encodeEvent } from '../src/journal/codec.ts';
import type { JournalEvent, JournalFact } from '../src/journal/events.ts';
import { ms } from '../src/units.ts';
import { drillJudgement } from '../src/verdicts/team/drill-judgement.ts';
import { act, by, claim, confirmed, focus, goldenPlan, hint, update } from '../src/verdicts/team/golden.fixture.ts';
import { window } from '../src/verdicts/journal.fixture.ts';

const [given = '1000000', source, file = ''] = process.argv.slice(2);
const count = Number(given);
const targets = { generatedMs: 2_000, generatedPeakMb: 300 } as const;

const plan = goldenPlan();
const labels = { severity: 'page' };
const url = 'https://runbooks.example/r.md';
const query = (component: string): JournalFact => ({
  type: 'team.queried',
  by,
  tool: 'sql',
  component,
  text: 'select count(*) from pg_stat_activity',
  ok: true,
  summary: '1 row',
  output: ['98'],
});

/** What people do, over and over, until it is over. */
const doings: readonly JournalFact[] = [
  focus('web-server'),
  query('service'),
  update,
  focus('database'),
  query('database'),
  { type: 'team.noted', by, text: 'connections are refused' },
  act('step look at the sessions'),
  claim('mitigated'),
];

/** What is measured twice a second. */
function* measured(ill: boolean, tick: number): Generator<JournalFact> {
  for (const { name } of plan.steadyState)
    yield { type: 'probe.measured', kind: 'steady-state', name, value: ill ? 5 : 0, good: !ill };
  for (const { name } of plan.truth.healed)
    yield { type: 'probe.measured', kind: 'cause', name, value: ill ? 0 : 1, good: !ill };
  for (const { name } of plan.alerts)
    yield { type: 'probe.measured', kind: 'alert', name, value: ill ? 0.7 : 0, good: ill };
  yield { type: 'probe.measured', kind: 'abort', name: 'shop process gone', value: 2, good: true };
  yield window({ buyers: 28 + (tick % 5), buyersFailed: ill ? 20 + (tick % 3) : 0 });
  if (tick % 2 === 0) yield { type: 'connections.measured', used: ill ? 20 : 26, limit: ill ? 20 : 100, waiting: 0 };
}

/** What else happens at one tick: the fault at 30 s, the page a minute later, a remedy at two thirds of the time. */
function* happened(tick: number, last: number): Generator<JournalFact> {
  const fault = plan.faults[0]!;
  const undo = { faultId: fault.id, undoId: 'u1' };
  if (tick === 60) {
    yield { type: 'fault.intended', fault: fault.fault, description: fault.description, ...undo };
    yield { type: 'fault.injected', faultId: fault.id };
  }
  if (tick === 180)
    for (const { name: alert } of plan.alerts) {
      yield { type: 'alert.fired', alert, labels, value: 0.7 };
      yield { type: 'alert.delivered', alert, labels, receiver: 'pager' };
      yield { type: 'runbook.found', alert, url, file: 'runbooks/r.md' };
    }
  if (tick === 400) yield hint('nudge', 2);
  if (tick > 300 && tick % 40 === 0) yield doings[(tick / 40) % doings.length]!;
  if (tick === remedyAt(last) - 100) yield confirmed('database/pool-limit-too-low');
  if (tick === remedyAt(last) + 300) yield claim('resolved');
}

const remedyAt = (last: number): number => Math.floor((last * 2) / 3);

function* madeUp(): Generator<JournalEvent> {
  let seq = 0;
  const last = Math.floor(count / 8.6);
  const at = (tick: number, fact: JournalFact): JournalEvent => ({ seq: seq++, atMs: ms(tick * 500), ...fact });
  yield at(0, {
    type: 'run.started',
    runId: '20261122-100000-beef',
    startedAt: '2026-11-22T10:00:00.000Z',
    version: '0.1.0',
    plan,
    history: [],
  });
  yield at(0, { type: 'trial.started', trial: 'fault' });
  for (let tick = 1; ; tick++) {
    const ill = tick > 60 && tick < remedyAt(last);
    for (const fact of measured(ill, tick)) yield at(tick, fact);
    for (const fact of happened(tick, last)) yield at(tick, fact);
    if (seq < count - 2) continue;
    yield at(tick, { type: 'trial.ended', trial: 'fault' });
    yield at(tick, { type: 'run.ended', outcome: 'completed', residue: [] });
    return;
  }
}

/** Reads a journal file as it is asked for, a few thousand lines at a time. */
function* fromFile(path: string): Generator<JournalEvent> {
  const descriptor = openSync(path, 'r');
  const chunk = Buffer.allocUnsafe(1 << 20);
  let rest = '';
  for (let size = readSync(descriptor, chunk); size > 0; size = readSync(descriptor, chunk)) {
    const lines = (rest + chunk.toString('utf8', 0, size)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as JournalEvent;
  }
  closeSync(descriptor);
}

const writeJournal = (path: string): void => {
  const descriptor = openSync(path, 'w');
  let lines: string[] = [];
  for (const event of madeUp()) {
    lines.push(encodeEvent(event));
    if (lines.length < 5_000) continue;
    writeSync(descriptor, lines.join(''));
    lines = [];
  }
  writeSync(descriptor, lines.join(''));
  closeSync(descriptor);
};

type Figures = {
  readonly tookMs: number;
  /** What the processors spent on it: the same on a busy machine. */
  readonly cpuMs: number;
  readonly peakMb: number;
  readonly total: number | null;
};

/** Judges in this process, and tells its parent. */
const judge = (events: Iterable<JournalEvent>): Figures => {
  const began = { ms: performance.now(), cpu: process.cpuUsage() };
  const { team } = drillJudgement(events);
  const tookMs = performance.now() - began.ms;
  const { user, system } = process.cpuUsage(began.cpu);
  return {
    tookMs,
    cpuMs: (user + system) / 1_000,
    peakMb: process.resourceUsage().maxRSS / 1_000,
    total: team?.total ?? null,
  };
};

const inItsOwnProcess = async (...args: readonly string[]): Promise<Figures> => {
  const program = process.argv[1] ?? '';
  const child = spawn(process.execPath, [program, given, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line) as Figures;
  throw new Error('the benchmark printed nothing');
};

const bench = async (): Promise<object> => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-bench-'));
  try {
    const journal = join(folder, 'journal.jsonl');
    writeJournal(journal);
    const generated = await inItsOwnProcess('generated');
    const decoded = await inItsOwnProcess('file', journal);
    const round = (figure: number): number => Math.round(figure * 10) / 10;
    const figure = (value: number, target?: number): object =>
      target === undefined ? { value: round(value) } : { value: round(value), target, met: value <= target };
    return {
      bench: 'scoring',
      events: count,
      figures: {
        generatedMs: figure(generated.tookMs, targets.generatedMs),
        generatedCpuMs: figure(generated.cpuMs),
        generatedPeakMb: figure(generated.peakMb, targets.generatedPeakMb),
        fileMs: figure(decoded.tookMs),
        fileCpuMs: figure(decoded.cpuMs),
        filePeakMb: figure(decoded.peakMb),
        fileSizeMb: figure(statSync(journal).size / 1_000_000),
        sameTotal: generated.total !== null && generated.total === decoded.total,
      },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const answers = {
  generated: () => JSON.stringify(judge(madeUp())),
  file: () => JSON.stringify(judge(fromFile(file))),
  all: async () => JSON.stringify(await bench(), null, 2),
} as const;
process.stdout.write(`${await answers[source === 'generated' || source === 'file' ? source : 'all']()}\n`);
