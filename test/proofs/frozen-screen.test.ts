/** A frozen screen is given time before it is ended, and time between being asked and being killed: nine seconds. */
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { openTerminal } from '../terminal.fixture.ts';

const cli = (file: string): string => resolve(import.meta.dirname, '../../src/cli/terminal', file);

test('a screen that is frozen is noticed and ended, though it hears neither Ctrl-C nor SIGTERM', async () => {
  const command = [process.execPath, cli('screen-host.fixture.ts'), cli('screen.fixture.ts'), 'frozen'];
  await using terminal = openTerminal(command, { columns: 80, rows: 16, cwd: tmpdir() });
  expect(await terminal.exited).toBe(0);
  expect(terminal.text()).toContain('{"type":"frozen"}');
  expect([terminal.alternateScreen(), terminal.cursorVisible(), terminal.modesRestored()]).toEqual([false, true, true]);
});
