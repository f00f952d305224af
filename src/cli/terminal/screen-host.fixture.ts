/** A launcher in small, to be run in a pseudo-terminal: shows a stand-in for the screen, and tells how it ended. */
import { writeSync } from 'node:fs';
import { showScreen } from './screen-process.ts';
import { restoreTerminal } from './terminal.ts';

const [, , program = '', how = ''] = process.argv;
const closing = new AbortController();
process.on('SIGUSR2', () => closing.abort());

const session = { url: 'http://127.0.0.1:1', token: 't' };
const shown = showScreen({
  program,
  start: how === 'unsaid' ? Promise.reject(new Error('no project')) : { view: 'drill', session, runId: how },
  env: process.env,
  signal: closing.signal,
  onMessage: (message, reply) => {
    if ('start' in message) reply({ problems: [{ message: `no ${message.start.experiment}` }] });
  },
  onTerminalTaken: () => {},
  restore: () => restoreTerminal((text) => void writeSync(1, text)),
});
const end = await shown.catch((error: Error) => ({ type: 'rejected', code: 3, says: error.message }));
writeSync(1, `${JSON.stringify(end)}\n`);
process.exit('code' in end ? end.code : 0);
