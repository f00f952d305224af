/**
 * The picture in the README: a drill on its screen, drawn from a replay.
 *
 *     npm run bench -- picture [RUN] [DIGIT]
 *
 * Writes docs/drill.svg. RUN is the folder of a run, a made-up one unless given; DIGIT is the tenth of it that is shown (5).
 * The same journal gives the same bytes.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { encodeEvent } from '../src/journal/codec.ts';
import { drillJournal } from '../test/drill.fixture.ts';
import { openTerminal } from '../test/terminal.fixture.ts';
import { svgOf } from './picture/svg.ts';

const root = resolve(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'gd-picture-'));
writeFileSync(join(scratch, 'journal.jsonl'), drillJournal().map(encodeEvent).join(''));
const [run = scratch, tenth = '5'] = process.argv.slice(2);
{
  await using terminal = openTerminal([process.execPath, join(root, 'dist/cli/main.js'), 'replay', resolve(run)], {
    columns: 120,
    rows: 36,
    cwd: scratch,
    env: { COLORTERM: 'truecolor' },
  });
  await terminal.shows('replay 8x');
  terminal.press(' ');
  await terminal.shows('replay paused');
  const before = terminal.text();
  terminal.press(tenth);
  await terminal.shows((screen) => screen.includes('replay paused') && screen !== before);
  const title = 'A drill of gameday in a terminal';
  const description =
    'Charts of connections, failed requests, latency and waiting requests; below them the timeline of the team beside that ' +
    'of the original incident, the alerts, and the board with focus and hypotheses.';
  const file = join(root, 'docs/drill.svg');
  writeFileSync(file, svgOf({ cells: terminal.cells(), title, description }));
  process.stdout.write(`${JSON.stringify({ picture: file })}\n`);
}
rmSync(scratch, { recursive: true, force: true });
