/**
 * Removing an environment of ours, whoever is left to do it. Everything of it lies in one folder, and every process of it
 * names that folder on its command line or has it as its home, so the folder is all one has to know.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, readlink, rm } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { UndoContext, Undoer } from '../safety/rollback.ts';
import type { UndoRecord } from '../safety/undo-log.ts';

type FolderRemove = Extract<UndoRecord, { kind: 'folder.remove' }>;

export const folderRemove: Undoer<FolderRemove, Pick<UndoContext, 'signal'>> = {
  undo: async ({ folder }, { signal }) => {
    // Every path begins with "" and lies in "/": a damaged record must not end everything.
    if (resolve(folder) !== folder || folder.split(sep).length < 3)
      throw new Error(`${JSON.stringify(folder)} is not the folder of an environment`);
    // PostgreSQL takes SIGQUIT as "now"; everything else takes SIGTERM; what is left after a second is killed.
    for (let attempt = 0; !signal.aborted; attempt++) {
      const left = await processesOf(folder);
      if (left.length === 0) break;
      for (const { pid, command } of left) {
        const gentle = /(^|\/)postgres(:| )/.test(command) ? 'SIGQUIT' : 'SIGTERM';
        send(pid, attempt < 20 ? gentle : 'SIGKILL');
      }
      await sleepFor(50);
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  },
  verify: async ({ folder }) => {
    const left = await processesOf(folder);
    if (left.length > 0) return `still running: ${left.map(({ pid }) => pid).join(', ')}`;
    return existsSync(folder) ? `${folder} is still there` : undefined;
  },
};

const send = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself.
  }
};

/** Living processes (zombies are not) other than this one that belong to `folder`. */
export const processesOf = async (folder: string): Promise<readonly Found[]> => {
  const all = existsSync('/proc/self/cmdline') ? await fromProc() : await fromPs();
  return all.filter(({ pid, command, home }) => pid !== process.pid && (names(command, folder) || names(home, folder)));
};

/** `/tmp/run-1` is not named by `/tmp/run-12/config.json`. */
const names = (text: string, folder: string): boolean =>
  text
    .split(folder)
    .slice(1)
    .some((rest) => !/^[\w.-]/.test(rest));

/** `home` is the HOME it was started with and, where that was taken from it, the folder it works in. */
type Found = { readonly pid: number; readonly command: string; readonly home: string };

const fromProc = async (): Promise<readonly Found[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      // A zombie's command line is empty; a process that ended while we looked has no file.
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const environ = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      // The second is what a team's commands carry, which are at home where the team is.
      const home = environ
        .split('\0')
        .filter((each) => /^(?:HOME|GAMEDAY_FOLDER)=/.test(each))
        .join(' ');
      const works = await readlink(`/proc/${pid}/cwd`).catch(() => '');
      // Only below the steps' own home: a person may have changed into the folder to look around.
      const belongs = /\/home(\/|$)/.test(works) ? works : '';
      return { pid: Number(pid), command: command.replaceAll('\0', ' '), home: `${home} ${belongs}` };
    }),
  );
  return found.filter(({ command }) => command !== '');
};

const fromPs = async (): Promise<readonly Found[]> => {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,stat=,args='], { maxBuffer: 16_000_000 });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, state = '', command = ''] = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined || state.startsWith('Z') ? [] : [{ pid: Number(pid), command, home: '' }];
  });
};
