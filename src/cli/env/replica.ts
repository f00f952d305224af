/** `gameday env up`, `down`, `status`, `logs`: a replica to look at and to try things in, without a run. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleepFor } from 'node:timers/promises';
import type { Command } from 'commander';
import { suggestName } from '../../documents/suggestion.ts';
import { logTail } from '../../environments/log-tail.ts';
import { GamedayError } from '../../errors.ts';
import { programPath } from '../../program.ts';
import type { CommandContext, RunAction } from '../command.ts';
import { helpAfter, plainCodes } from '../exit-codes.ts';
import { replicasFolder, standingReplicas, type Standing, type StandingReplica } from './replica-folder.ts';
import { isReplica, type Replica } from '../project/replica-kinds.ts';

const upCodes = { ...plainCodes, 0: 'it is up (--keep)', 130: 'Ctrl-C; it is gone again' } as const;

export const addEnvReplica = (env: Command, run: RunAction): void => {
  env
    .command('up')
    .description('start a replica without a run, and print its addresses; Ctrl-C removes it')
    .option('--env <kind>', 'embedded or containers; unless given, as gameday.yaml says', aKind)
    .option('--keep', 'leave it up and return; gameday env down removes it')
    .option('--json', 'print the addresses as JSON')
    .addHelpText('after', helpAfter(['gameday env up', 'gameday env up --env containers --keep'], upCodes))
    .action(run(up));
  env
    .command('down')
    .description('remove the replicas that gameday env up has left up')
    .addHelpText('after', helpAfter(['gameday env down'], plainCodes))
    .action(run(down));
  env
    .command('status')
    .description('which replicas are up, and their addresses')
    .option('--json', 'print as JSON')
    .addHelpText('after', helpAfter(['gameday env status'], plainCodes))
    .action(run(status));
  env
    .command('logs')
    .argument('[name]', 'such as postgres or shop-1; their names unless given')
    .description('the end of a log of the replica that is up')
    .addHelpText('after', helpAfter(['gameday env logs', 'gameday env logs postgres'], plainCodes))
    .action(run(logs));
};

const aKind = (text: string): Replica => {
  if (isReplica(text)) return text;
  throw new GamedayError('USAGE', {
    message: `--env is "${text}"; what can be started is embedded or containers`,
    hint: 'gameday env up --env containers',
  });
};

type Up = { readonly env?: Replica; readonly keep?: boolean; readonly json?: boolean };

const up = async (context: CommandContext, { env: wanted, keep, json }: Up): Promise<number> => {
  const { replicaOf } = await import('../project/replicas.ts');
  const project = await context.project();
  const kind = replicaOf(project, wanted);
  const { out, err } = context.terminal;
  const show = (standing: Standing): void => out(json === true ? JSON.stringify(standing) : words(standing));
  if (keep === true) {
    show(await startKeeper(context, kind));
    if (json !== true) out('\ngameday env down removes it');
    return 0;
  }
  const { keepReplica } = await import('./replica-keeper.ts');
  await keepReplica({
    ...{ project, kind, signal: context.signal },
    onUp: (standing) => {
      show(standing);
      if (json !== true) err('\nCtrl-C removes it');
    },
    onPage: (fact) => {
      if (fact.type === 'alert.delivered') err(`pager: ${fact.receiver}: ${fact.alert}`);
      if (fact.type === 'alert.resolved') err(`pager: ${fact.receiver}: ${fact.alert} resolved`);
    },
  });
  return 0;
};

/** The same command in a process of its own; its first line says where the replica is. */
const startKeeper = async (context: CommandContext, kind: Replica): Promise<Standing> => {
  const { root, runsFolder } = context.folders();
  const folder = replicasFolder(runsFolder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const logFile = join(dirname(folder), `env-up-${process.pid}.log`);
  const log = openSync(logFile, 'a', 0o600);
  const program = programPath('../main.ts', import.meta.url);
  const child = spawn(
    process.execPath,
    [...process.execArgv, program, '-C', root, 'env', 'up', '--env', kind, '--json'],
    { detached: true, stdio: ['ignore', 'pipe', log] },
  );
  closeSync(log);
  const exited = new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
  const stop = (): void => void child.kill('SIGTERM');
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    const lines = createInterface({ input: child.stdout! });
    const { value } = await lines[Symbol.asyncIterator]().next();
    context.signal.throwIfAborted();
    const answer = typeof value === 'string' && value.startsWith('{"id"') ? (JSON.parse(value) as Standing) : undefined;
    if (answer !== undefined) return answer;
    await exited; // only then has it said why
    const said = readFileSync(logFile, 'utf8').trim();
    throw new GamedayError('ENVIRONMENT_FAILED', {
      message: said === '' ? 'it ended before it was up' : said.replace(/^error: /, ''),
    });
  } finally {
    context.signal.removeEventListener('abort', stop);
    child.stdout?.destroy();
    child.unref();
    rmSync(logFile, { force: true });
  }
};

/** As long as Docker takes to remove a dozen containers on a busy machine. */
const goneWithinMs = 60_000;

const down = async ({ terminal, folders, signal }: CommandContext): Promise<number> => {
  const { runsFolder } = folders();
  const standing = standingReplicas(runsFolder);
  if (standing.length === 0) terminal.out('no replica is up');
  for (const { keeperPid } of standing) process.kill(keeperPid, 'SIGTERM');
  const until = performance.now() + goneWithinMs;
  for (;;) {
    const left = standingReplicas(runsFolder).map(({ id }) => id);
    for (const { id, kind } of standing) if (!left.includes(id)) terminal.err(`${kind} replica ${id} is gone`);
    if (left.length === 0) return 0;
    if (performance.now() > until)
      throw new GamedayError('RESIDUE', {
        message: `${left.join(', ')} does not go`,
        hint: 'gameday recover, once its process has ended',
      });
    await sleepFor(100, undefined, { signal });
  }
};

const status = async ({ terminal, folders }: CommandContext, { json }: { json?: boolean }): Promise<number> => {
  const standing = standingReplicas(folders().runsFolder);
  if (json === true) terminal.out(JSON.stringify({ schemaVersion: 1, replicas: standing }, null, 2));
  else if (standing.length === 0) terminal.out('no replica is up; gameday env up starts one');
  else terminal.out(standing.map(words).join('\n\n'));
  return 0;
};

/** A screen or two. */
const bytesMax = 16_000;

const logs = async ({ terminal, folders }: CommandContext, name: string | undefined): Promise<number> => {
  const replica = only(standingReplicas(folders().runsFolder));
  if (replica.kind === 'containers') {
    const [{ containersLogs }, { projectName }] = await Promise.all([
      import('../../environments/containers/logs.ts'),
      import('../../environments/containers/replica.ts'),
    ]);
    await containersLogs(projectName(replica.folder)).keep(replica.logs);
  }
  const names = readdirSync(replica.logs)
    .flatMap((file) => (file.endsWith('.log') ? [file.slice(0, -'.log'.length)] : []))
    .toSorted();
  if (name === undefined) terminal.out(names.join('\n'));
  else if (!names.includes(name))
    throw new GamedayError('USAGE', { message: `there is no log "${name}"`, hint: suggestName(name, names) });
  else terminal.write(await logTail(join(replica.logs, `${name}.log`), bytesMax));
  return 0;
};

const only = (standing: readonly StandingReplica[]): StandingReplica => {
  const [one, another] = standing;
  if (one !== undefined && another === undefined) return one;
  throw new GamedayError('USAGE', {
    message: one === undefined ? 'no replica is up' : 'several replicas are up',
    hint:
      one === undefined
        ? 'gameday env up --keep; the logs of a run lie in its folder'
        : 'gameday env status tells where each keeps its logs',
  });
};

const words = ({ id, kind, addresses, logs: folder }: Standing): string =>
  [
    `${kind} replica ${id} is up`,
    // Never broken over lines: they are there to be pasted.
    ...Object.entries({ ...addresses, logs: folder }).map(([what, address]) => `  ${what.padEnd(15)} ${address}`),
  ].join('\n');
