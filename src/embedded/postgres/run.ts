/** Runs a short command to its end; only for what answers within seconds (`postgres --version`, `initdb`). */
import { execFile } from 'node:child_process';
import { serverEnvironment } from './guard.ts';

export type Finished = { readonly ok: boolean; readonly stdout: string; readonly stderr: string };

/** Never rejects: a command that cannot be started has failed, and `stderr` says why. */
export const run = async (
  [program, ...args]: readonly [string, ...string[]],
  { cwd, uid, gid }: { cwd: string; uid?: number; gid?: number },
): Promise<Finished> =>
  await new Promise((resolve) => {
    const account = uid === undefined || gid === undefined ? {} : { uid, gid };
    execFile(program, args, { cwd, ...account, env: serverEnvironment(), timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ ok: error === null, stdout, stderr: stderr.trim() === '' ? (error?.message ?? '') : stderr.trim() }),
    );
  });
