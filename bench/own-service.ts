/**
 * How far it is from an empty folder to a first true verdict about a service that is not ours: PostGraphile, from npm, as it
 * is. What a person would do is done here and nothing else: one SQL file with what the database holds, and `gameday init`
 * with the answers as options.
 *
 *     npm run bench -- own-service [RUNS]
 *
 * Prints one JSON document: times over the runs (3 unless given), what was typed and what was edited by hand. Installing the
 * application is its own figure, because it is npm's time.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { decodeJournal } from '../src/journal/codec.ts';

const foreign = 'postgraphile@4.14.1';
const program = resolve(import.meta.dirname, '../dist/cli/main.js');
const runs = Number(process.argv[2] ?? 3);

const schema = `create table notes (id serial primary key, text text);
insert into notes (text) select 'note ' || i from generate_series(1, 100) i;
`;

type Measured = { readonly exitCode: number | null; readonly wholeMs: number; readonly upMs: number | null };

const initialise = async (answers: readonly string[]): Promise<Measured & { readonly written: number }> => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-bench-own-'));
  try {
    writeFileSync(join(folder, 'schema.sql'), schema);
    const startedMs = performance.now();
    const child = spawn(process.execPath, ['--liftoff-only', program, 'init', folder, ...answers], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, GAMEDAY_HOME: '' },
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (said += part));
    const exitCode = await new Promise<number | null>((done) => void child.once('close', done));
    const wholeMs = performance.now() - startedMs;
    const [run] = readdirSync(join(folder, '.gameday/runs'));
    const journal = readFileSync(join(folder, '.gameday/runs', run ?? '', 'journal.jsonl'), 'utf8');
    const up = decodeJournal(journal).events.find((event) => event.type === 'environment.opened');
    return { exitCode, wholeMs, upMs: up?.atMs ?? null, written: said.match(/^wrote /gm)?.length ?? 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const spread = (values: readonly (number | null)[]) => {
  const sorted = values.filter((value) => value !== null).toSorted((a, b) => a - b);
  const round = (value: number | undefined): number | null => (value === undefined ? null : Math.round(value));
  return { min: round(sorted[0]), median: round(sorted[(sorted.length - 1) >> 1]), max: round(sorted.at(-1)) };
};

const apps = mkdtempSync(join(tmpdir(), 'gd-bench-foreign-'));
try {
  const startedMs = performance.now();
  execFileSync('npm', ['install', '--prefix', apps, '--no-audit', '--no-fund', '--ignore-scripts', foreign], {
    cwd: apps,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const installMs = Math.round(performance.now() - startedMs);
  const answers = [
    ...['--command', `${join(apps, 'node_modules/.bin/postgraphile')} -c $DATABASE_URL --port $PORT`],
    ...['--setup', 'schema.sql'],
    ...['--route', 'POST /graphql {"query":"{ allNotes { totalCount } }"}'],
  ];
  const measured = [];
  for (let index = 0; index < runs; index++) measured.push(await initialise(answers));
  const figures = {
    toVerdictMs: spread(measured.map(({ wholeMs }) => wholeMs)),
    replicaUpMs: spread(measured.map(({ upMs }) => upMs)),
    exitCodes: measured.map(({ exitCode }) => exitCode),
    commandsTyped: 1,
    answersGiven: answers.length / 2,
    filesWritten: measured[0]?.written ?? 0,
    // Nothing is edited between the first command and the verdict.
    filesEdited: 0,
    installMs,
  };
  process.stdout.write(`${JSON.stringify({ bench: 'own-service', application: foreign, runs, figures }, null, 2)}\n`);
} finally {
  rmSync(apps, { recursive: true, force: true });
}
