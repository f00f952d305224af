/**
 * Kills whoever can be killed, at every moment, and compares the world before with the world after. `--seed N --rounds N`:
 * so many crashes by chance; `--matrix`: every crash once. Prints what failed and how, and ends with `N passed, N failed`.
 */
import { parseArgs } from 'node:util';
import { openBed, type Bed } from './bed.ts';
import { everyCrash, randomCrashes } from './crashes.ts';
import type { State } from './inspector.ts';
import { crash, describeCrash, inspect, type Crash } from './round.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    rounds: { type: 'string', default: '40' },
    matrix: { type: 'boolean', default: false },
  },
});

/** Most of a round is waiting: two cores keep three beds busy. */
const lanes = 3;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());

type Lane = { readonly bed: Bed; readonly before: State };
const openLane = async (): Promise<Lane> => {
  const bed = await openBed();
  return { bed, before: await inspect(bed) };
};

let passed = 0;
let failed = 0;
const judge = (name: string, problems: readonly string[]): void => {
  if (problems.length === 0) return void (passed += 1);
  failed += 1;
  say([`✖ ${name}`, ...problems].join('\n    '));
};

const attempt = async ({ bed, before }: Lane, each: Crash): Promise<readonly string[]> => {
  try {
    const { problems, reached } = await crash(bed, before, each);
    // By chance a point may be one that is never come to; of every crash once, each has to happen.
    return reached || !values.matrix ? problems : [...problems, 'it never came to that point'];
  } catch (error) {
    return [String(error)];
  }
};

/** A bed that was left broken would fail every later round as well. */
const work = async (todo: (readonly [number, Crash])[], opened: Lane): Promise<void> => {
  let lane = opened;
  for (let next = todo.shift(); next !== undefined && !stopping.signal.aborted; next = todo.shift()) {
    const [round, each] = next;
    const problems = await attempt(lane, each);
    judge(`round ${round}: ${describeCrash(each)}`, problems);
    if (problems.length === 0) continue;
    await lane.bed.close();
    lane = await openLane();
  }
  await lane.bed.close();
};

const seed = Number(values.seed);
const crashes = values.matrix ? everyCrash() : randomCrashes(seed, Number(values.rounds));
say(values.matrix ? `every crash once: ${crashes.length} rounds` : `seed ${seed}, ${crashes.length} rounds`);
const todo = crashes.map((each, index) => [index + 1, each] as const);
const beds = await Promise.all(Array.from({ length: lanes }, openBed));
await Promise.all(beds.map(async (bed) => work(todo, { bed, before: await inspect(bed) })));
if (stopping.signal.aborted) say(`stopped, ${todo.length} rounds not run`);
say(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && !stopping.signal.aborted ? 0 : 1);
