/** A stand-in for the screen: takes the whole terminal as Ink does, and then behaves as the run's id says. */
import { writeSync } from 'node:fs';
import type { ToScreen } from '../../screen/ipc.ts';

const send = (message: unknown): void => void process.send?.(message);
const leave = (): void => {
  process.stdin.setRawMode(false);
  writeSync(1, '\x1b[?1049l\x1b[?25h');
};

process.on('message', (message: ToScreen) => {
  if ('problems' in message) writeSync(1, `heard: ${message.problems[0]?.message}\r\n`);
  if (!('view' in message) || message.view !== 'drill') return;
  process.stdin.setRawMode(true);
  writeSync(1, `\x1b[?1049h\x1b[?25l${message.runId} ${process.pid}\r\n`);
  const beating = setInterval(() => send({ beat: true }), 200);
  send({ beat: true });
  switch (message.runId) {
    case 'steady':
      process.on('SIGINT', () => {
        leave();
        process.exit(0);
      });
      send({ start: { experiment: 'x', mode: 'training' } });
      break;
    case 'done':
      clearInterval(beating);
      leave();
      process.send?.({ done: true }, () => process.exit(0));
      break;
    case 'crash':
      process.stderr.write('TypeError: what nobody thought of\n');
      process.exit(1);
      break;
    case 'frozen':
      process.on('SIGTERM', () => {});
      process.on('SIGINT', () => {});
      setTimeout(() => {
        for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
      }, 50);
      break;
    default:
      break;
  }
});
