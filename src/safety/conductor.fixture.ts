/** A conductor of nothing but one record, for tests of its watchdog: says whom it has, what alarms it hears, and obeys or not. */
import { readFileSync, writeSync } from 'node:fs';
import { ms } from '../units.ts';
import { undoLogFile } from './recovery.ts';
import { openUndoLog } from './undo-log.ts';
import { openWatch } from './watch.ts';

export type ConductorConfig = {
  readonly runFolder: string;
  /** Of the environment that its record removes. */
  readonly folder: string;
  readonly everyMs: number;
  readonly ttlMs: number;
  readonly obeys: boolean;
};

const { runFolder, folder, everyMs, ttlMs, obeys } = JSON.parse(
  readFileSync(process.argv[2] ?? '', 'utf8'),
) as ConductorConfig;
const say = (text: string): void => void writeSync(1, `${text}\n`);

const log = openUndoLog(undoLogFile(runFolder));
const alarm = Promise.withResolvers<void>();
const watch = await openWatch({
  runFolder,
  everyMs,
  onAlarm: (reason) => {
    say(`alarm: ${reason}`);
    if (obeys) alarm.resolve();
  },
});
const what = 'the environment';
const id = log.intend({ what, byHand: 'rm', ttlMs: ms(ttlMs), record: { kind: 'folder.remove', folder } });
say(`watchdog ${watch.pid}`);
await alarm.promise;
log.mark(id, 'verified');
await watch.farewell();
process.exit(0);
