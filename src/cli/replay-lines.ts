/** A finished run told line by line. */
import { startClock } from '../clock.ts';
import { briefingOf } from '../drill/briefing.ts';
import type { JournalEvent } from '../journal/events.ts';
import { progressLine } from '../reports/progress-line.ts';
import { narrate, startNarration } from '../screen/narration.ts';
import { ms, type Ms } from '../units.ts';
import type { CommandContext } from './command.ts';

/** On a terminal at the speed that was asked for; into a file or a pipe at once, since nobody watches. */
export const replayLines = async (
  { terminal, signal }: CommandContext,
  journal: readonly JournalEvent[],
  { runbooks, speed, atMs }: { readonly runbooks: readonly string[]; readonly speed: number; readonly atMs: Ms },
): Promise<number> => {
  const clock = startClock();
  for (const { atMs: whenMs, lines } of told(journal, runbooks)) {
    if (whenMs < atMs || lines.length === 0) continue;
    if (terminal.face.outputIsTerminal) await clock.sleep(ms((whenMs - atMs) / speed - clock.nowMs()), signal);
    for (const line of lines) terminal.out(line);
  }
  return 0;
};

/** The words of each event: those that its responder would have read, or those of a run that nobody played. */
const told = function* (
  journal: readonly JournalEvent[],
  runbooks: readonly string[],
): Generator<{ readonly atMs: Ms; readonly lines: readonly string[] }> {
  const [started] = journal;
  if (started?.type !== 'run.started' || started.plan.drill === null) {
    for (const event of journal) yield { atMs: event.atMs, lines: [progressLine(event) ?? []].flat() };
    return;
  }
  let narration = startNarration(briefingOf(started, runbooks));
  for (const event of journal) {
    const next = narrate(narration, event);
    narration = next.narration;
    yield { atMs: event.atMs, lines: next.lines };
  }
};
