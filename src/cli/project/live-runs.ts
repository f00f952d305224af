/** The runs of a project that go on right now, found through what their conductors left in their folders. */
import { join } from 'node:path';
import { GamedayError } from '../../errors.ts';
import { ownerOf, ownerState, type Owner } from '../../safety/owner.ts';
import type { SessionAddress } from '../../screen/ipc.ts';
import type { CommandContext } from '../command.ts';
import { runIds, suggestRun } from './runs.ts';

export type LiveRun = { readonly runId: string; readonly runFolder: string; readonly owner: Owner };

/**
 * The run that goes on, or the one called `run`.
 *
 * @throws {GamedayError} ENVIRONMENT_UNREACHABLE where there is none, USAGE where several could be meant.
 */
export const liveRun = (context: CommandContext, run?: string): LiveRun => {
  const { runsFolder } = context.folders();
  const live = liveRuns(runsFolder);
  const wanted = run === undefined ? live : live.filter(({ runId }) => runId === run);
  const [only, another] = wanted;
  if (only === undefined) {
    const known = runIds(runsFolder);
    if (run !== undefined && !known.includes(run))
      throw new GamedayError('USAGE', { message: `there is no run "${run}"`, hint: suggestRun(run, known) });
    throw new GamedayError('ENVIRONMENT_UNREACHABLE', {
      message: run === undefined ? 'no run is going on in this project' : `run ${run} is not going on any more`,
      hint: 'start one in another terminal: gameday drill NAME, or gameday verify NAME; gameday list shows the names',
    });
  }
  if (another !== undefined)
    throw new GamedayError('USAGE', {
      message: 'several runs are going on',
      hint: `name one of: ${wanted.map(({ runId }) => runId).join(', ')}`,
    });
  return only;
};

export const liveRuns = (runsFolder: string): readonly LiveRun[] =>
  runIds(runsFolder).flatMap((runId) => {
    const runFolder = join(runsFolder, runId);
    const owner = ownerOf(runFolder);
    return owner !== undefined && ownerState(runFolder) === 'alive' ? [{ runId, runFolder, owner }] : [];
  });

/** The session of a drill, as the one who fights the incident. @throws {GamedayError} USAGE for a run that nobody plays. */
export const playing = ({ runId, owner: { url, primaryToken } }: LiveRun): SessionAddress => {
  if (primaryToken !== undefined) return { url, token: primaryToken };
  throw new GamedayError('USAGE', {
    message: `run ${runId} is no drill: nobody plays it`,
    hint: 'gameday env restart and gameday env configure act on it; Ctrl-C where it runs ends it',
  });
};
