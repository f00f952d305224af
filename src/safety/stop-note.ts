/**
 * Why somebody ends a run from another shell: a signal cannot say it, so it lies beside the record until the conductor has
 * taken it. Once it is taken, or the run is over, it is gone; what stays is the journal's word, with secrets taken out.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const noteFile = (runFolder: string): string => join(runFolder, 'stop.txt');

/** Before the signal. Never throws: a disk that is full must not keep anybody from stopping a run. */
export const leaveStopNote = (runFolder: string, reason: string): void => {
  try {
    writeFileSync(noteFile(runFolder), reason, { mode: 0o600 });
  } catch {
    takeStopNote(runFolder); // half a sentence is not what was said
  }
};

/** @returns What was said; undefined where nobody said anything. */
export const takeStopNote = (runFolder: string): string | undefined => {
  try {
    const reason = readFileSync(noteFile(runFolder), 'utf8');
    rmSync(noteFile(runFolder));
    return reason;
  } catch {
    return undefined;
  }
};
