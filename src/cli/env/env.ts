/** `gameday env`: the two acts on a replica, in words that are the same for every kind, and what a target of the team's own needs. */
import { GamedayError, reasonOf } from '../../errors.ts';
import type { AddCommand, CommandContext } from '../command.ts';
import { addEnvCheck } from './check.ts';
import { addEnvGrants } from './grants.ts';
import { addEnvMark } from './mark.ts';
import { addEnvReplica } from './replica.ts';
import { exitCodes, helpAfter } from '../exit-codes.ts';
import { liveRuns } from '../project/live-runs.ts';

type SessionAddress = { readonly url: string; readonly token: string };

const envCodes = { 0: 'done', 2: 'usage is wrong, or no run is going on', 3: exitCodes[3] } as const;

export const addEnv: AddCommand = (program, run) => {
  const env = program
    .command('env')
    .addHelpText(
      'after',
      helpAfter(
        ['gameday env check staging', 'gameday env restart postgres', 'gameday env configure service pool.max=20'],
        envCodes,
      ),
    );
  addEnvCheck(env, run);
  addEnvMark(env, run);
  addEnvGrants(env, run);
  addEnvReplica(env, run);
  env
    .command('restart')
    .argument('<target>', 'postgres or service')
    .description('restart the server, or the instances of the service one after another')
    .addHelpText('after', helpAfter(['gameday env restart postgres', 'gameday env restart service'], envCodes))
    .action(
      run(async (context, target: string) => {
        if (target !== 'postgres' && target !== 'service')
          throw new GamedayError('USAGE', {
            message: `"${target}" cannot be restarted`,
            hint: 'gameday env restart postgres, or service',
          });
        await act(context, { act: 'restart', target });
        context.terminal.out(`${target} restarted`);
        return 0;
      }),
    );
  env
    .command('configure')
    .argument('<target>', 'service')
    .argument('<settings...>', 'NAME=VALUE, e.g. pool.max=20')
    .description("change the service's configuration; it takes effect with the next restart")
    .addHelpText(
      'after',
      helpAfter(['gameday env configure service pool.max=20', 'gameday env restart service'], envCodes),
    )
    .action(
      run(async (context, target: string, written: readonly string[]) => {
        if (target !== 'service')
          throw new GamedayError('USAGE', {
            message: `"${target}" cannot be configured`,
            hint: 'gameday env configure service pool.max=20',
          });
        await act(context, { act: 'configure', target, settings: Object.fromEntries(written.map(setting)) });
        context.terminal.out(`${written.join(' ')} written; gameday env restart service makes it take effect`);
        return 0;
      }),
    );
};

const setting = (written: string): readonly [string, string | number | boolean] => {
  const equals = written.indexOf('=');
  if (equals < 1)
    throw new GamedayError('USAGE', {
      message: `"${written}" is not NAME=VALUE`,
      hint: 'gameday env configure service pool.max=20',
    });
  const text = written.slice(equals + 1);
  const value = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text === 'true' ? true : text === 'false' ? false : text;
  return [written.slice(0, equals), value];
};

const actWithinMs = 60_000;

const act = async (context: CommandContext, body: unknown): Promise<void> => {
  const { url, token } = await findSession(context);
  let response: Response;
  try {
    response = await fetch(`${url}/v1/actions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.any([context.signal, AbortSignal.timeout(actWithinMs)]),
    });
  } catch (cause) {
    throw new GamedayError(
      'ENVIRONMENT_UNREACHABLE',
      {
        message: `the run does not answer: ${reasonOf(cause)}`,
        hint: 'see whether it is still going on: gameday list runs',
      },
      { cause },
    );
  }
  if (response.ok) return;
  const { error } = (await response.json()) as { error: string };
  throw new GamedayError(response.status === 400 ? 'USAGE' : 'ENVIRONMENT_FAILED', { message: error });
};

/** The session named by the environment (a runbook's step), else the one run that is going on in this project. */
const findSession = async (context: CommandContext): Promise<SessionAddress> => {
  const { GAMEDAY_URL: url, GAMEDAY_TOKEN: token } = context.env;
  if (url !== undefined && token !== undefined) return { url, token };
  const [only, another] = liveRuns(context.folders().runsFolder);
  if (only === undefined)
    throw new GamedayError('USAGE', {
      message: 'no run is going on in this project',
      hint: 'start one in another terminal: gameday verify NAME; gameday list shows the names',
    });
  if (another !== undefined)
    throw new GamedayError('USAGE', {
      message: 'several runs are going on',
      hint: 'set GAMEDAY_URL and GAMEDAY_TOKEN from the owner.json of one',
    });
  return only.owner;
};
