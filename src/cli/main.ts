/** The composition root of the command: the only place that touches arguments, signals, the environment and the exit. */
import { CommanderError, Help, type Command } from 'commander';
import { closeSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { isatty } from 'node:tty';
import { GamedayError, showProblems, type Problem } from '../errors.ts';
import { quickStart } from '../quick-start.ts';
import { Stopped } from '../run/stopped.ts';
import { openSecrets } from '../safety/secrets.ts';
import { CommandLine } from './command-line.ts';
import type { AddCommand, CommandContext, RunAction } from './command.ts';
import { exitCodeOf, helpAfter } from './exit-codes.ts';
import { projectFolders } from './project/folders.ts';
import { launcherGone } from './terminal/launcher.ts';
import { whyPlain } from './terminal/terminal.ts';

quickStart();

/**
 * In the order of the help. Only what was asked for is loaded: of a short command, loading is most of what it costs, and the
 * help of all of them is these lines.
 */
const commands: readonly (readonly [name: string, summary: string, load: () => Promise<AddCommand>])[] = [
  [
    'drill',
    'be paged by an outage in a replica, fight it, and be compared with the postmortem',
    async () => (await import('./drill/drill.ts')).addDrill,
  ],
  [
    'verify',
    'replay outages; check that alerts fire and that their runbooks heal',
    async () => (await import('./verify.ts')).addVerify,
  ],
  [
    'init',
    'drill your own service: writes what is missing and verifies it; asks for what no option says',
    async () => (await import('./init/init.ts')).addInit,
  ],
  ['say', 'act in the drill that is going on', async () => (await import('./drill/say.ts')).addSay],
  [
    'resume',
    'take up a drill again whose terminal was lost; it waits for 60 s',
    async () => (await import('./drill/resume.ts')).addResume,
  ],
  [
    'stop',
    'undo every fault of the run that is going on now, end it, and keep its evidence',
    async () => (await import('./stop.ts')).addStop,
  ],
  ['list', 'list experiments, runbooks or runs', async () => (await import('./list.ts')).addList],
  [
    'show',
    'print the plan of an experiment: what will break, what must happen, what is undone how',
    async () => (await import('./show.ts')).addShow,
  ],
  [
    'replay',
    'show a finished run again, on the screen of the drill or line by line',
    async () => (await import('./replay.ts')).addReplay,
  ],
  [
    'history',
    'compare the drills of an experiment that were measured alike',
    async () => (await import('./history.ts')).addHistory,
  ],
  [
    'score',
    'judge a finished run again from its journal: verdicts, READINESS and, of a drill, TEAM',
    async () => (await import('./score.ts')).addScore,
  ],
  [
    'rules',
    'test, check and backtest alert rules; nothing is broken',
    async () => (await import('./rules/rules.ts')).addRules,
  ],
  [
    'routes',
    'test where alertmanager.yml sends alerts; nothing is sent',
    async () => (await import('./routes/routes.ts')).addRoutes,
  ],
  [
    'alerts',
    'say why the alerts of a finished run came, or did not',
    async () => (await import('./alerts.ts')).addAlerts,
  ],
  [
    'env',
    'act on the replica of a run; check, mark and grant for servers of your own',
    async () => (await import('./env/env.ts')).addEnv,
  ],
  [
    'recover',
    'undo what a run left that was killed together with its watchdog',
    async () => (await import('./recover.ts')).addRecover,
  ],
  ['doctor', 'check whether this machine can run a game day', async () => (await import('./doctor.ts')).addDoctor],
  [
    'toxiproxy',
    "serve Toxiproxy's API: proxies whose connections can be slowed, stalled and cut",
    async () => (await import('./toxiproxy.ts')).addToxiproxy,
  ],
  [
    'alertmanager',
    "serve Alertmanager's API: alerts are routed, grouped, inhibited, silenced and delivered",
    async () => (await import('./alertmanager.ts')).addAlertmanager,
  ],
];

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const interruption = new AbortController();
let signalled: 'SIGINT' | 'SIGTERM' | undefined;
// A second Ctrl-C (and the copy that npm passes on) asks for the same thing: what is broken is undone first.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => {
    if (signalled === undefined) process.stderr.write(`\n${name}: undoing what is active, please wait …\n`);
    signalled ??= name === 'SIGINT' ? 'SIGINT' : 'SIGTERM';
    interruption.abort(new Stopped(signalled));
  });
// Whoever read our output has seen enough (`| head`): the run still ends properly. A result that could not be written
// (a full disk) is a failure; a lost line of progress is none.
let unwritten: Error | undefined;
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') interruption.abort(new Stopped('SIGINT'));
    else if (stream === process.stdout) unwritten ??= error;
  });

// A bug of ours must not leave a fault behind: the run is ended like any other, and only then the process.
let bug: unknown;
for (const name of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(name, (error: unknown) => {
    bug ??= error;
    interruption.abort(error);
    setTimeout(() => process.exit(3), 30_000).unref();
  });

const orphaned = launcherGone(process);

const program: Command = new CommandLine('gameday')
  .description('Replays an outage on purpose, in a replica, and proves that the alerts fire and the runbooks heal.')
  .version(version, '-V, --version', 'show the version')
  .option('-C, --directory <folder>', 'work on the project in this folder', '.')
  .helpOption('-h, --help', 'show help')
  .helpCommand('help [command]', 'show help for a command')
  .configureHelp({
    subcommandTerm: (command) => (command.parent === program ? command.name() : new Help().subcommandTerm(command)),
  })
  .exitOverride()
  .addHelpText(
    'after',
    helpAfter([
      'gameday                                   on a terminal: choose, and drill',
      'gameday drill web-stack-outage            be paged, fight the outage, compare with the postmortem',
      'gameday verify web-stack-outage           replay the outage, follow the runbook, judge both',
      'gameday verify --proof full               all experiments, with control and fault-free runs',
      'gameday init                              the same for your own service',
      'gameday verify --matrix                   every runbook against every experiment',
      'gameday score RUN                         judge a finished run again, from its journal alone',
    ]),
  );

const directory = (): string => program.opts<{ directory: string }>().directory;

let mended = false;
const secrets = openSecrets(process.env);

const context: CommandContext = {
  version,
  secrets,
  env: process.env,
  signal: interruption.signal,
  folders: () => projectFolders(directory(), process.env['GAMEDAY_HOME']),
  project: async () => {
    const { openProject } = await import('./project/project.ts');
    return openProject(directory(), process.env['GAMEDAY_HOME']);
  },
  terminal: {
    out: (text) => void process.stdout.write(`${secrets.redact(text)}\n`),
    err: (text) => void process.stderr.write(`${secrets.redact(text)}\n`),
    write: (text) => void process.stdout.write(secrets.redact(text)),
    lines: () => {
      const input = createInterface({ input: process.stdin });
      const lines = input[Symbol.asyncIterator]();
      // Its own `return` would wait for the line that nobody types any more.
      const end = { done: true, value: undefined } as const;
      return { next: () => lines.next(), return: async () => (input.close(), end) };
    },
    face: {
      inputIsTerminal: isatty(0),
      outputIsTerminal: isatty(1),
      columns: process.stdout.columns ?? 0,
      rows: process.stdout.rows ?? 0,
    },
  },
  guard: {
    terminalTaken: (by) => void process.send?.({ terminalTaken: by }),
    terminalMended: () => {
      mended = true;
      process.send?.({ terminalMended: true });
    },
    gone: orphaned,
  },
};

let exitCode = 0;
const run: RunAction =
  (action) =>
  async (...given) => {
    exitCode = await action(context, ...given);
  };

const recovered = async (): Promise<void> => {
  const { recoverDeadRuns } = await import('./recover.ts');
  await recoverDeadRuns(context);
};

// Nothing new begins before what a dead run left is put back.
program.hook('preAction', async (_, command) => {
  if (!['recover', 'stop', 'say', 'env', 'restart', 'configure', 'check', 'grants'].includes(command.name()))
    await recovered();
});

try {
  const { operands, unknown } = program.parseOptions(process.argv.slice(2));
  // No command was given, nor help asked for: at most where the project is.
  const bare = operands.length === 0 && unknown.length === 0;
  if (bare && whyPlain(context.terminal.face, context.env) === undefined) {
    await recovered();
    const { showApp } = await import('./terminal/app.ts');
    exitCode = await showApp(context);
  } else {
    const wanted = operands[0] === 'help' ? operands[1] : operands[0];
    for (const [name, summary, load] of commands) {
      if (name === wanted) (await load())(program, run);
      else program.command(name);
      program.commands.at(-1)?.description(summary);
    }
    await program.parseAsync();
  }
} catch (error) {
  exitCode = failure(error);
}
if (bug !== undefined && exitCode !== 5) exitCode = failure(bug);
if (signalled !== undefined && exitCode !== 5) exitCode = signalled === 'SIGINT' ? 130 : 143;
// Leaving before a slow reader has taken everything would cut the result off; one more Ctrl-C says that nobody waits.
process.on('SIGINT', () => process.exit(exitCode));
for (const stream of [process.stdout, process.stderr])
  await new Promise<void>((resolve) => void stream.write('', () => resolve()));
if (unwritten !== undefined && exitCode !== 5) {
  exitCode = 3;
  context.terminal.err(showProblems([{ message: `the result cannot be written: ${unwritten.message}` }]));
}
// A descriptor that is closed is one whose modes are not put back.
if (mended) for (const descriptor of [0, 1, 2]) closeSync(descriptor);
process.exit(exitCode);

function failure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // Help or the version was asked for.
  if (error instanceof Stopped) return { SIGINT: 130, SIGTERM: 143, 'time limit': 124, nobody: 130 }[error.by];
  if (error instanceof GamedayError) {
    report(error.code, error.problems);
    context.terminal.err(showProblems(error.problems));
    return exitCodeOf[error.code];
  }
  report('BUG', [{ message: `this is a bug in gameday: ${String(error)}` }]);
  context.terminal.err(`error: this is a bug in gameday\n${error instanceof Error ? error.stack : String(error)}`);
  return 3;
}

/** Who asked for JSON gets JSON, whatever comes. */
function report(code: string, problems: readonly Problem[]): void {
  if (process.argv.includes('--json'))
    context.terminal.out(JSON.stringify({ schemaVersion: 1, error: { code, problems } }, null, 2));
}
