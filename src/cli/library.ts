/**
 * `import { verify } from 'gameday'`: what `gameday verify` does, for a team's own test suite. It takes no signals and ends
 * no process; whatever becomes of a run, it has undone everything when it comes back.
 */
import { readFileSync } from 'node:fs';
import { GamedayError } from '../errors.ts';
import type { JournalEvent } from '../journal/events.ts';
import { verifyDocument, type VerifyDocument } from '../reports/verify-json.ts';
import { Stopped } from '../run/stopped.ts';
import { openSecrets } from '../safety/secrets.ts';
import type { Judgement } from '../verdicts/judgement.ts';
import { perform } from './perform.ts';
import { planAll } from './project/plans.ts';
import { openProject } from './project/project.ts';
import { recoverDeadRuns } from './recover.ts';
import { judgedAndKept } from './verify-runs.ts';

export { GamedayError } from '../errors.ts';
export type { Problem } from '../errors.ts';
export type { JournalEvent } from '../journal/events.ts';
export type { VerifyDocument } from '../reports/verify-json.ts';

export type VerifyRequest = {
  /** The project's folder, or one inside it; the current one unless given. */
  readonly project?: string;
  /** Names as in `gameday list`; all of them unless given. */
  readonly experiments?: readonly string[];
  /** `single` unless given; `full` adds the control run and the fault-free run. */
  readonly proof?: 'single' | 'full';
  /** How much faster the alerting runs than in production; 30 unless given. */
  readonly speed?: number;
  /** The same seed, the same arrivals; 1 unless given. */
  readonly seed?: number;
  /** Ends the run early; everything is undone before the promise rejects. */
  readonly signal?: AbortSignal;
  /** Every event of every run, as it is written down. */
  readonly onEvent?: (event: JournalEvent) => void;
};

/**
 * Replays outages in the embedded replica, one after the other, and judges each: the document that `gameday verify --json`
 * prints. A check that fails is a result; look at `exit`.
 *
 * @throws {GamedayError} for documents that are wrong (nothing was started then), an environment that does not come up, and
 *   what an earlier run has left and cannot be undone.
 * @throws The signal's reason, when it was aborted.
 */
export const verify = async (request: VerifyRequest = {}): Promise<VerifyDocument> => {
  const { project: folder = process.cwd(), proof = 'single', speed = 30, seed = 1, onEvent = () => {} } = request;
  request.signal?.throwIfAborted();
  const project = openProject(folder, process.env['GAMEDAY_HOME']);
  await recoverDeadRuns({ folders: () => project, terminal: { err: () => {} } });
  const names = request.experiments ?? project.experimentNames();
  if (names.length === 0)
    throw new GamedayError('USAGE', { message: 'there are no experiments', hint: 'write one into experiments/' });
  const planned = await planAll(project, names, { proof, speed, seed, runbook: null });
  const stopping = new AbortController();
  const stop = (): void => stopping.abort(new Stopped('SIGINT'));
  request.signal?.addEventListener('abort', stop, { once: true });
  try {
    const judged: Judgement[] = [];
    for (const one of planned) {
      request.signal?.throwIfAborted();
      const conducted = await perform({
        ...{ project, planned: one, version: version(), onEvent },
        ...{ secrets: openSecrets(process.env), signal: stopping.signal },
      });
      judged.push(judgedAndKept(one, conducted));
    }
    request.signal?.throwIfAborted();
    return verifyDocument(judged);
  } finally {
    request.signal?.removeEventListener('abort', stop);
  }
};

const version = (): string => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
};
