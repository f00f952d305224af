/** The command line as people meet it: the built program as a process, in projects that were spoilt on purpose. */
import { execFile } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { keepOwner } from '../src/safety/owner.ts';
import { encodeEvent } from '../src/journal/codec.ts';
import type { JournalEvent } from '../src/journal/events.ts';
import { sampleRun } from '../src/verdicts/journal.fixture.ts';
import { samplePlan } from '../src/verdicts/sample-plan.fixture.ts';
import { edit, scratchProject } from './gameday.fixture.ts';

const program = resolve(import.meta.dirname, '../dist/cli/main.js');

type Ended = { readonly code: unknown; readonly stdout: string; readonly stderr: string };

const execute = (file: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  new Promise((done) => {
    const child = execFile(
      file,
      args,
      { cwd, env: { ...process.env, GAMEDAY_HOME: '', ...env }, maxBuffer: 2 ** 24 },
      (_error, stdout, stderr) => done({ code: child.exitCode ?? child.signalCode, stdout, stderr }),
    );
    child.stdin?.end();
  });

/** Runs `gameday WORDS` in `folder`. */
const gameday = (folder: string, words: string, env?: NodeJS.ProcessEnv): Promise<Ended> =>
  execute(process.execPath, [program, ...words.split(' ').filter((word) => word !== '')], folder, env);

const emptyFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** Leaves a run in `runsFolder` as its conductor would have. */
const leaveRun = (runsFolder: string, events: readonly JournalEvent[], runId = '20261122-100000-a3f0'): string => {
  const folder = join(runsFolder, runId);
  mkdirSync(folder, { recursive: true });
  const named = events.map((event) => (event.type === 'run.started' ? { ...event, runId } : event));
  writeFileSync(join(folder, 'journal.jsonl'), named.map(encodeEvent).join(''));
  return folder;
};

const runsFolderOf = (project: string): string => join(project, '.gameday/runs');

describe('help', () => {
  test('every command explains itself, with examples to copy and the codes it can end with', async () => {
    const folder = emptyFolder();
    const commands = [
      '',
      'verify',
      'list',
      'show',
      'score',
      'env',
      'env restart',
      'env configure',
      'recover',
      'doctor',
    ];
    const ends = await Promise.all(commands.map((command) => gameday(folder, `${command} --help`)));
    for (const [index, command] of commands.entries()) {
      const { code, stdout, stderr } = ends[index]!;
      expect([command, code, stderr]).toEqual([command, 0, '']);
      expect(stdout).toMatch(new RegExp(`^Usage: gameday ${command}`));
      expect(stdout).toMatch(/\nExamples:\n {2}gameday /);
      expect(stdout).toMatch(/\nExit codes:\n {4}0 {2}/);
    }
  });

  test('gameday alone, gameday help and gameday --help are the same', async () => {
    const folder = emptyFolder();
    const asked = await gameday(folder, '--help');
    expect(await gameday(folder, '')).toEqual(asked);
    expect(await gameday(folder, 'help')).toEqual(asked);
    expect((await gameday(folder, 'help list')).stdout).toBe((await gameday(folder, 'list --help')).stdout);
  });

  test('the version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../package.json'), 'utf8')) as {
      version: string;
    };
    expect(await gameday(emptyFolder(), '--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('a mistake on the command line ends with 2, a next step, and nothing on standard output', () => {
  const experiments = 'connections-held, database-throttled, pool-undersized, web-stack-outage';
  test.each([
    ['vrify', `error: unknown command 'vrify'\n  try  did you mean "verify"?\n`],
    ['frobnicate', `error: unknown command 'frobnicate'\n  try  gameday --help shows what there is\n`],
    ['help lst', `error: there is no command "lst"\n  try  did you mean "list"?\n`],
    ['list --jsn', `error: unknown option '--jsn'\n  try  did you mean "--json"?\n`],
    [
      'list a b',
      expect.stringMatching(
        /^error: too many arguments for 'list'.*\n {2}try {2}gameday list --help shows what there is\n$/,
      ),
    ],
    ['list expriments', `error: there is nothing called "expriments" to list\n  try  did you mean "experiments"?\n`],
    ['show', `error: missing required argument 'experiment'\n  try  gameday show --help shows what there is\n`],
    [
      'show web-stack-outag',
      `error: there is no experiment "web-stack-outag"\n  try  did you mean "web-stack-outage"?\n`,
    ],
    [
      'verify web-stack-outage --prometheus /no/such/prometheus',
      'error: --prometheus /no/such/prometheus does not exist\n' +
        '  try  give the path of a prometheus, or leave --prometheus out: the built-in one does the same\n',
    ],
    [
      'drill web-stack-outage --toxiproxy /',
      'error: --toxiproxy / is no file\n' +
        '  try  give the path of a toxiproxy-server, or leave --toxiproxy out: the built-in one does the same\n',
    ],
    ['verify nothing-like-it', `error: there is no experiment "nothing-like-it"\n  try  use one of: ${experiments}\n`],
    [
      'verify pool-undersised --runbook runbooks/DatabaseDwn.md',
      `error: there is no experiment "pool-undersised"\n  try  did you mean "pool-undersized"?\n` +
        `error: there is no runbook runbooks/DatabaseDwn.md\n  try  did you mean "runbooks/DatabaseDown.md"?\n`,
    ],
    ['verify --speed 0', 'error: --speed is "0"; expected a number from 1 (real time) to 1000\n  try  --speed 30\n'],
    ['verify --speed fast', expect.stringMatching(/^error: --speed is "fast"; expected a number/)],
    ['verify --seed 1.5', 'error: --seed is "1.5"; expected a whole number from 0 to 999999999\n  try  --seed 1\n'],
    ['verify --timeout 5', 'error: --timeout is "5"; expected a duration longer than 0\n  try  --timeout 5m\n'],
    ['verify --timeout 0', expect.stringMatching(/^error: --timeout is "0"; expected a duration/)],
    ['verify --proof double', 'error: --proof is "double"; expected single or full\n  try  --proof full\n'],
    [
      'verify --junit no/such/folder/x.xml',
      expect.stringMatching(/^error: --junit no\/such\/folder\/x\.xml cannot be written: .*\n {2}try /),
    ],
    [
      'env',
      expect.stringMatching(
        /^error: gameday env does not say what to do\n {2}try {2}use one of: .*gameday env restart, gameday env conf/,
      ),
    ],
    ['env restart shop', 'error: "shop" cannot be restarted\n  try  gameday env restart postgres, or service\n'],
    ['env configure service pool.max', expect.stringMatching(/^error: "pool\.max" is not NAME=VALUE\n {2}try /)],
    [
      'env restart postgres',
      'error: no run is going on in this project\n  try  start one in another terminal: gameday verify NAME; gameday list shows the names\n',
    ],
    ['recover 2026', 'error: there is no run "2026"\n  try  gameday list runs shows the runs of this project\n'],
    [
      '-C no/such/folder list',
      expect.stringMatching(
        /^error: there is no folder \/.*no\/such\/folder\n {2}try {2}correct the path behind -C\n$/,
      ),
    ],
    [
      '-C / list',
      expect.stringMatching(
        /^error: no gameday\.yaml, nor experiments\/ and monitoring\/, in \/ or a folder above it\n {2}try /,
      ),
    ],
  ])('gameday %s', async (words, message) => {
    const project = scratchProject();
    const { code, stdout, stderr } = await gameday(project, words);
    expect(stderr).toEqual(message);
    expect([code, stdout]).toEqual([2, '']);
    expect(existsSync(runsFolderOf(project))).toBe(false);
  });

  test('with --json the same is one document on standard output', async () => {
    const { code, stdout, stderr } = await gameday(scratchProject(), 'list --json --al');
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      error: {
        code: 'USAGE',
        problems: [{ message: "unknown option '--al'", hint: 'gameday list --help shows what there is' }],
      },
    });
    expect([code, stderr.split('\n')[0]]).toEqual([2, "error: unknown option '--al'"]);
  });
});

/** Five mistakes in one experiment. */
const spoilExperiment = (project: string): void => {
  const file = 'experiments/web-stack-outage.yaml';
  edit(project, file, 'rate: 60/s', 'rate: sixty');
  edit(project, file, 'lower-connection-limit:', 'lower-connection-limits:');
  edit(project, file, 'verdict: fixed', 'verdict: fixd');
  edit(project, file, 'severity: SEV-1', 'severty: SEV-1');
  edit(project, file, 'within: 2m', 'within: soon');
};

/** `file:line`, message and next step of everything on standard error. */
const problemsIn = (stderr: string): readonly string[] =>
  [...stderr.matchAll(/^error: (.+)\n(?: {2}at {3}(.+):\d+\n)?(?: {2}try {2}(.+)\n)?/gm)].map(
    ([, message, at = 'nowhere', hint = 'NO NEXT STEP']) => `${at} ${message} → ${hint}`,
  );

describe('a broken document ends with 2 and all problems in one go, and nothing was started', () => {
  test('an experiment with five mistakes', async () => {
    const project = scratchProject();
    spoilExperiment(project);
    const { code, stdout, stderr } = await gameday(project, 'verify web-stack-outage');
    const messages = problemsIn(stderr).map((problem) => problem.replace(/^(\S+?):\d+ /, '$1 '));
    expect(messages.slice(0, 4)).toEqual([
      'experiments/web-stack-outage.yaml load.rate is "sixty"; expected buyers per second, such as 60/s → write buyers per second, such as 60/s',
      'experiments/web-stack-outage.yaml unknown key "lower-connection-limits" in faults[0] → did you mean "lower-connection-limit"?',
      'experiments/web-stack-outage.yaml expect.alerts[0].within is "soon"; expected a duration such as 30s or 5m → write a duration such as 30s or 5m',
      expect.stringMatching(/expect\.runbook\.verdict is "fixd"; expected one of .* → did you mean "fixed"\?$/),
    ]);
    expect(messages).toContain(
      'experiments/web-stack-outage.yaml unknown key "severty" in truth → did you mean "severity"?',
    );
    expect([code, stdout, existsSync(join(project, '.gameday'))]).toEqual([2, '', false]);
  });

  test('a problem is said with file, line and column', async () => {
    const project = scratchProject();
    edit(project, 'monitoring/alerts.yml', 'sum(shop_pool_waiting) > 5', 'sum(shop_pool_waiting > 5');
    const line = readFileSync(join(project, 'monitoring/alerts.yml'), 'utf8')
      .split('\n')
      .indexOf('        expr: sum(shop_pool_waiting > 5');
    const { code, stderr } = await gameday(project, 'verify connections-held');
    expect(stderr).toBe(
      `error: ( is never closed in sum(shop_pool_waiting > 5
  at   monitoring/alerts.yml:${line + 1}:40
  try  correct or remove it; the replica cannot start with it
`,
    );
    expect([code, existsSync(join(project, '.gameday'))]).toEqual([2, false]);
  });

  test('each document of a project in its own way', async () => {
    const project = scratchProject();
    edit(project, 'experiments/web-stack-outage.yaml', 'name: ShopErrorRateHigh', 'name: ShopErorRateHigh');
    edit(project, 'experiments/connections-held.yaml', 'receiver: pager', 'receiver: pagr');
    edit(project, 'experiments/database-throttled.yaml', 'below: 3 }', 'below: three }');
    edit(project, 'runbooks/ShopPoolExhausted.md', '"until":', '"untl":');
    rmSync(join(project, 'postmortems/2024-06-20-web-stack-outage.reference.yaml'));
    edit(project, 'monitoring/prometheus.yml', 'scrape_interval: 5s', 'scrape_interval: often');
    edit(project, 'monitoring/alertmanager.yml', 'receiver: tickets', 'receiver: tickts');
    const { code, stdout, stderr } = await gameday(project, 'verify');
    const problems = problemsIn(stderr);
    const about = (file: string): readonly string[] => problems.filter((problem) => problem.startsWith(file));
    expect(about('monitoring/prometheus.yml')).toEqual([
      expect.stringMatching(/global\.scrape_interval must be a duration like 30s or 1h30m → /),
    ]);
    expect(about('monitoring/alertmanager.yml')).toEqual([
      expect.stringMatching(/receiver "tickts" is not defined → defined: pager, tickets$/),
    ]);
    expect(about('experiments/database-throttled.yaml')).toEqual([expect.stringMatching(/is "three"; expected .* → /)]);
    expect(about('runbooks/ShopPoolExhausted.md')[0]).toMatch(/unknown attribute "untl" → did you mean "until"\?$/);
    expect(about('experiments/pool-undersized.yaml')).toEqual([
      expect.stringMatching(/postmortems\/2024-06-20-web-stack-outage\.reference\.yaml does not exist → write /),
    ]);
    expect(about('experiments/web-stack-outage.yaml')).toEqual([
      expect.stringMatching(/reference\.yaml does not exist → /),
      expect.stringMatching(
        /alert "ShopErorRateHigh" is expected, but no rule file defines it → did you mean "ShopErr/,
      ),
    ]);
    expect(problems.join('\n')).not.toContain('NO NEXT STEP');
    expect([code, stdout, existsSync(join(project, '.gameday'))]).toEqual([2, '', false]);
  });

  test('an alert expected at a receiver that nobody defined', async () => {
    const project = scratchProject();
    edit(project, 'experiments/connections-held.yaml', 'receiver: pager', 'receiver: pagr');
    const { code, stderr } = await gameday(project, 'show connections-held');
    expect(problemsIn(stderr)).toEqual([
      expect.stringMatching(
        /is expected at receiver "pagr", which alertmanager.yml does not define → did you mean "pag/,
      ),
    ]);
    expect(code).toBe(2);
  });

  test('rules of which only one is no YAML, or whose files are gone', async () => {
    const project = scratchProject();
    appendFileSync(join(project, 'monitoring/alerts.yml'), '  - [\n');
    rmSync(join(project, 'monitoring/alertmanager.yml'));
    const { code, stderr } = await gameday(project, 'verify pool-undersized');
    const problems = problemsIn(stderr);
    expect(problems.at(-1)).toBe('nowhere monitoring/alertmanager.yml does not exist → write it, or bring it back');
    expect(problems[0]).toMatch(/^monitoring\/alerts\.yml:\d+ /);
    expect(code).toBe(2);
  });

  test('with --json it is one document with the code and every problem', async () => {
    const project = scratchProject();
    spoilExperiment(project);
    const { code, stdout, stderr } = await gameday(project, 'verify --json');
    const { error } = JSON.parse(stdout) as { error: { code: string; problems: { message: string; at: unknown }[] } };
    expect(error.code).toBe('DOCUMENT_INVALID');
    expect(error.problems.map(({ message }) => message)).toEqual(
      [...stderr.matchAll(/^error: (.+)$/gm)].map(([, message]) => message),
    );
    expect(error.problems[0]?.at).toEqual({
      file: 'experiments/web-stack-outage.yaml',
      line: expect.any(Number),
      column: expect.any(Number),
    });
    expect(code).toBe(2);
  });
});

describe('looking around', () => {
  test('experiments are listed with their last run', async () => {
    const project = scratchProject();
    const run = leaveRun(runsFolderOf(project), sampleRun());
    const summary = { runId: 'r', startedAt: '2026-11-22T10:00:00.000Z', mode: 'verify', runbook: 'fixed' };
    writeFileSync(
      join(run, 'summary.json'),
      JSON.stringify({ ...summary, experiment: 'web-stack-outage', outcome: 'passed' }),
    );
    const { code, stdout, stderr } = await gameday(project, 'list');
    expect(stdout.split('\n')).toContain('web-stack-outage    2026-11-22 passed  Web stack outage of 2024-06-20');
    expect(stdout.split('\n')).toContain('connections-held    never run          Refused at the door');
    expect([code, stderr]).toEqual([0, '']);
    const { experiments } = JSON.parse((await gameday(project, 'list --json')).stdout) as { experiments: unknown[] };
    expect(experiments.at(-1)).toEqual({
      name: 'web-stack-outage',
      title: 'Web stack outage of 2024-06-20',
      lastRun: { runId: 'r', startedAt: '2026-11-22T10:00:00.000Z', outcome: 'passed' },
      problems: [],
    });
  });

  test('what cannot be read is listed all the same, and standard error says why', async () => {
    const project = scratchProject();
    edit(project, 'runbooks/ShopPoolExhausted.md', '"danger":"write"', '"danger":"wrote"');
    const { code, stdout, stderr } = await gameday(project, 'list runbooks');
    expect(stdout).toMatch(/^runbooks\/DatabaseDown\.md +4 steps +DatabaseDown$/m);
    expect(stdout).toMatch(/^runbooks\/ShopPoolExhausted\.md +wrong: 1 problem$/m);
    expect(stderr).toMatch(
      /^warning: danger is "wrote"; .*\n {2}at {3}runbooks\/ShopPoolExhausted\.md:\d+:\d+\n {2}try /,
    );
    expect(code).toBe(0);
  });

  test('runs are listed newest first, those that never came to their end, too', async () => {
    const project = scratchProject();
    expect((await gameday(project, 'list runs')).stdout).toBe('There are no runs yet.\n');
    const runs = runsFolderOf(project);
    leaveRun(runs, sampleRun().slice(0, 40), '20261122-100000-a3f0');
    const judged = leaveRun(runs, sampleRun(), '20261123-100000-b4e1');
    const summary = { runId: '20261123-100000-b4e1', startedAt: '2026-11-23T10:00:00.000Z', mode: 'verify' };
    writeFileSync(
      join(judged, 'summary.json'),
      JSON.stringify({ ...summary, experiment: 'web-stack-outage', outcome: 'passed', runbook: 'fixed' }),
    );
    expect((await gameday(project, 'list runs')).stdout).toBe(
      `20261123-100000-b4e1  2026-11-23T10:00:00.000Z  web-stack-outage  passed     fixed
20261122-100000-a3f0  2026-11-22T10:00:00.000Z  web-stack-outage  cut short  -
`,
    );
  });

  test('a plan is shown as text and as JSON, and nothing is touched', async () => {
    const project = scratchProject();
    const text = await gameday(project, 'show web-stack-outage');
    expect(text.stdout).toMatch(/^Web stack outage of 2024-06-20 {2}\(web-stack-outage\)\n/);
    expect(text.stdout).toContain(
      'What will be broken, and is undone whatever happens\n  at 0s  lower-connection-limit',
    );
    expect([text.code, text.stderr]).toEqual([0, '']);
    const json = await gameday(project, 'show experiments/web-stack-outage.yaml --json');
    const { schemaVersion, plan } = JSON.parse(json.stdout) as { schemaVersion: number; plan: { faults: unknown[] } };
    expect([schemaVersion, plan.faults.length, json.code]).toEqual([1, 1, 0]);
    expect(existsSync(join(project, '.gameday'))).toBe(false);
  });

  test('a postmortem that was edited after its reference was reviewed is pointed out, with the hash to write', async () => {
    const project = scratchProject();
    const file = 'postmortems/2024-06-20-web-stack-outage.md';
    rmSync(join(project, file));
    writeFileSync(join(project, file), 'Nothing happened.\n');
    const { code, stdout, stderr } = await gameday(project, 'show web-stack-outage');
    expect(stderr).toMatch(
      /^warning: postmortems\/2024-06-20-web-stack-outage\.md has changed since its reference was reviewed\n {2}at {3}postmortems\/2024-06-20-web-stack-outage\.reference\.yaml:\d+:\d+\n {2}try {2}review the reference again, then write sha256: [0-9a-f]{64}\n$/,
    );
    expect(stdout).toContain(`  ${file}  (changed since its reference was reviewed)`);
    expect(code).toBe(0);
    const hash = /sha256: (\S+)/.exec(stderr)?.[1] ?? '';
    edit(project, 'postmortems/2024-06-20-web-stack-outage.reference.yaml', /sha256: [0-9a-f]+/, `sha256: ${hash}`);
    expect((await gameday(project, 'show web-stack-outage')).stderr).toBe('');
  });

  test('doctor says what a run would need, and ends with 3 where something is missing', async () => {
    const well = await gameday(scratchProject(), 'doctor');
    expect(well.stdout).toMatch(/^ok {2}Node +v\d+/);
    expect(well.stdout).toMatch(/^ok {2}project .*4 experiments, 6 runbooks/m);
    const outside = await gameday(emptyFolder(), 'doctor --json');
    const { findings } = JSON.parse(outside.stdout) as { findings: { name: string; good: boolean; hint?: string }[] };
    expect(findings.find(({ name }) => name === 'project')).toMatchObject({
      good: false,
      hint: 'gameday init makes a project here; -C FOLDER names one that is elsewhere',
    });
    expect(outside.code).toBe(3);
  });

  test('recover with nothing to do says so', async () => {
    const project = scratchProject();
    expect(await gameday(project, 'recover')).toEqual({ code: 0, stdout: 'Nothing is left of any run.\n', stderr: '' });
    leaveRun(runsFolderOf(project), sampleRun());
    expect((await gameday(project, 'recover 20261122-100000-a3f0')).stdout).toBe(
      'Nothing is left of 20261122-100000-a3f0.\n',
    );
    expect(JSON.parse((await gameday(project, 'recover --json')).stdout)).toEqual({
      schemaVersion: 1,
      runs: [],
      withoutEnd: [],
      strays: [],
      residue: [],
      ended: [],
    });
  });

  test('an undo log that cannot be read is a fault that may still be active, before any command', async () => {
    const project = scratchProject();
    const run = leaveRun(runsFolderOf(project), sampleRun());
    writeFileSync(join(run, 'undo.log'), 'garbage\nand more\n');
    const { code, stdout, stderr } = await gameday(project, 'list');
    const log = join(run, 'undo.log');
    expect(stderr).toBe(
      `error: what ${log} recorded may still be active: undo log line 1 is damaged\n` +
        `  try  read it, undo by hand what it names, then remove ${run}\n`,
    );
    expect([code, stdout]).toEqual([5, '']);
  });

  test('a run whose conductor is gone takes no more acts', async () => {
    const project = scratchProject();
    const run = leaveRun(runsFolderOf(project), sampleRun().slice(0, 40));
    const gone = { pid: 2 ** 22 + 1, startedAt: '1' };
    keepOwner(run, { conductor: gone, watchdog: gone, url: 'http://127.0.0.1:9', token: 't' });
    expect((await gameday(project, 'env restart postgres')).stderr).toMatch(/^error: no run is going on/);
    writeFileSync(join(run, 'owner.json'), '{"conductor":');
    expect((await gameday(project, 'env restart postgres')).stderr).toMatch(/^error: no run is going on/);
    const addressed = { GAMEDAY_URL: 'http://127.0.0.1:9', GAMEDAY_TOKEN: 't' };
    const { code, stderr } = await gameday(project, 'env restart postgres', addressed);
    expect(stderr).toMatch(/^error: the run does not answer: .*\n {2}try {2}see whether it is still going on/);
    expect(code).toBe(3);
  });
});

describe('score', () => {
  test('a run scores the same by its id, by its folder and by its journal, in a project and anywhere else', async () => {
    const project = scratchProject();
    const run = leaveRun(runsFolderOf(project), sampleRun());
    const here = await gameday(project, 'score 20261122-100000-a3f0');
    expect(here.stdout).toMatch(/^gameday verify {2}web-stack-outage +PASSED\n/);
    expect([here.code, here.stderr]).toEqual([0, '']);
    const elsewhere = emptyFolder();
    cpSync(run, join(elsewhere, 'copied'), { recursive: true });
    expect(await gameday(elsewhere, 'score copied')).toEqual(here);
    expect(await gameday(elsewhere, 'score ./copied/journal.jsonl')).toEqual(here);
    expect((await gameday(elsewhere, 'score copied --explain')).stdout).toContain('READINESS  94 of 100');
  });

  test("its exit code is the run's own", async () => {
    const folder = emptyFolder();
    leaveRun(folder, sampleRun({ story: { wellMs: Infinity } }), 'failed');
    leaveRun(folder, sampleRun().slice(0, 40), 'cut-short');
    const failed = await gameday(folder, 'score failed --json');
    expect((JSON.parse(failed.stdout) as { exit: unknown }).exit).toMatchObject({ code: 1, name: 'failed' });
    expect(failed.code).toBe(1);
    expect((await gameday(folder, 'score cut-short')).code).toBe(3);
  });

  test('a run that does not exist, with the nearest that does', async () => {
    const project = scratchProject();
    leaveRun(runsFolderOf(project), sampleRun());
    const { code, stdout, stderr } = await gameday(project, 'score 20261122-100000-a3f1');
    expect(stderr).toBe(
      `error: there is no run "20261122-100000-a3f1", nor a folder of that name with a journal.jsonl in it
  try  did you mean "20261122-100000-a3f0"?
`,
    );
    expect([code, stdout]).toEqual([2, '']);
  });

  test('a journal that was damaged is refused with the line, a torn last line is not', async () => {
    const folder = emptyFolder();
    const file = join(leaveRun(folder, sampleRun(), 'run'), 'journal.jsonl');
    const lines = readFileSync(file, 'utf8').split('\n');
    appendFileSync(file, '{"seq":99');
    expect((await gameday(folder, 'score run')).code).toBe(0);
    const refused = async (spoilt: readonly string[]): Promise<string> => {
      writeFileSync(file, spoilt.join('\n'));
      const { code, stdout, stderr } = await gameday(folder, 'score run');
      expect([code, stdout]).toEqual([2, '']);
      return stderr;
    };
    expect(await refused(lines.with(6, 'not JSON'))).toMatch(
      /^error: journal line 7 is not JSON.*\n {2}at {3}run\/journal\.jsonl:7:1\n {2}try {2}copy it again/,
    );
    expect(await refused(lines.toSpliced(9, 1))).toMatch(/^error: journal line 10 has seq 10, expected 9\n/);
    expect(await refused([])).toMatch(/^error: a journal begins with run\.started; this one does not\n/);
    expect(await refused(['{"seq":0,"type":"run.started"}', ''])).toMatch(
      /plan in this journal is of version undefined/,
    );
  });

  test('drift of the postmortem is in the report and in the JSON', async () => {
    const folder = emptyFolder();
    const reference = samplePlan.reference && { ...samplePlan.reference, drifted: true };
    leaveRun(folder, sampleRun({ plan: { reference } }), 'run');
    expect((await gameday(folder, 'score run')).stdout).toContain(
      '! the postmortem has changed since its reading was reviewed',
    );
    const { runs } = JSON.parse((await gameday(folder, 'score run --json')).stdout) as {
      runs: { postmortem: unknown }[];
    };
    expect(runs[0]?.postmortem).toEqual({
      file: 'postmortems/2024-06-20-web-stack-outage.md',
      reference: 'postmortems/2024-06-20-web-stack-outage.reference.yaml',
      drifted: true,
    });
  });
});

describe('pipes', () => {
  const shell = (folder: string, script: string): Promise<Ended> =>
    execute('/bin/sh', ['-c', script, 'sh', process.execPath, program], folder);

  test('a reader that has seen enough ends it quietly', async () => {
    const { stdout, stderr } = await shell(scratchProject(), '{ "$@" list; echo "ended with $?" >&2; } | head -1');
    expect(stdout).toMatch(/^connections-held .*\n$/);
    expect(stderr).toBe('ended with 0\n');
    const gone = await shell(
      scratchProject(),
      '{ sleep 0.2; "$@" show web-stack-outage; echo "ended with $?" >&2; } | :',
    );
    expect(gone.stderr).toBe('ended with 0\n');
  });

  test('a slow reader gets all of a long result', async () => {
    const project = scratchProject();
    for (let index = 1000; index < 1900; index += 1)
      leaveRun(runsFolderOf(project), sampleRun().slice(0, 1), `${index}`);
    const { stdout } = await shell(project, '"$@" list runs --json | { sleep 1; cat; }');
    expect(stdout.length).toBeGreaterThan(2 * 65_536);
    expect((JSON.parse(stdout) as { runs: unknown[] }).runs).toHaveLength(900);
  });

  test.skipIf(!existsSync('/dev/full'))('a result that cannot be written is a failure', async () => {
    const { code, stderr } = await shell(scratchProject(), '"$@" list >/dev/full');
    expect(stderr).toMatch(/^error: the result cannot be written: ENOSPC/);
    expect(code).toBe(3);
  });

  test('the result is the same whatever is said about colour', async () => {
    const project = scratchProject();
    const plain = await gameday(project, 'list', { NO_COLOR: '1' });
    const coloured = await gameday(project, 'list', { NO_COLOR: '', FORCE_COLOR: '3' });
    expect(coloured).toEqual(plain);
    expect(plain.stdout).not.toContain('\u001B');
  });
});
