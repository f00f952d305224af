/** `gameday replay`: a finished run, shown again from its journal at any speed. Nothing is started, nothing is touched. */
import { startClock } from '../clock.ts';
import { briefingOf } from '../drill/briefing.ts';
import { GamedayError } from '../errors.ts';
import type { JournalEvent } from '../journal/events.ts';
import type { Plan } from '../plan/plan.ts';
import { progressLine } from '../reports/progress-line.ts';
import { narrate, startNarration } from '../screen/narration.ts';
import { defaultSpeed, momentOf } from '../screen/replay/playback.ts';
import { ms, type Ms } from '../units.ts';
import type { AddCommand, CommandContext } from './command.ts';
import { helpAfter, plainCodes } from './exit-codes.ts';
import { aSpeed, refused } from './option-values.ts';
import { openScreen } from './play.ts';
import { endedJournalOf, journalFileOf, runsFolderOf } from './runs.ts';
import { whyPlain } from './terminal.ts';

type Options = { readonly speed: number; readonly at?: string; readonly plain?: boolean };

export const addReplay: AddCommand = (program, run) => {
  program
    .command('replay')
    .argument('<run>', 'its id as in gameday list runs, or the path of its folder')
    .description('show a finished run again, on the screen of the drill or line by line')
    .option('--speed <factor>', 'how fast it is shown', aSpeed, defaultSpeed)
    .option('--at <moment>', 'begin at this T+, e.g. 12:30')
    .option('--plain', 'line by line instead of on a whole screen')
    .addHelpText(
      'after',
      helpAfter(
        ['gameday replay 20261122-183005-ab12cd', 'gameday replay ./copied-run --at 12:30 --speed 32'],
        plainCodes,
      ),
    )
    .action(
      run(async (context, name: string, options: Options) => {
        const runsFolder = await runsFolderOf(context);
        const journal = endedJournalOf(runsFolder, name);
        const plan = planOf(journal);
        const atMs = options.at === undefined ? ms(0) : aMoment(options.at, journal);
        // Only a drill has a screen; what was verified is told in lines.
        const plain =
          options.plain === true || plan.drill === null || whyPlain(context.terminal.face, context.env) !== undefined;
        if (plain) return replayLines(context, journal, { speed: options.speed, atMs });
        return replayOnScreen(context, {
          journalFile: journalFileOf(runsFolder, name),
          runbooks: runbooksOf(plan),
          speed: options.speed,
          atMs,
        });
      }),
    );
};

const planOf = ([started]: readonly JournalEvent[]): Plan => {
  if (started?.type !== 'run.started') throw new Error('a journal that was read begins with run.started');
  return started.plan;
};

const runbooksOf = ({ documents }: Plan): readonly string[] =>
  documents.map(({ file }) => file).filter((file) => file.startsWith('runbooks/'));

const aMoment = (text: string, journal: readonly JournalEvent[]): Ms => {
  const moment = momentOf(text, journal);
  if (moment === undefined) throw refused('--at', text, 'minutes and seconds after detection', '12:30');
  return moment;
};

type ScreenOptions = Omit<Extract<Parameters<typeof openScreen>[1], { view: 'replay' }>, 'view'>;

const replayOnScreen = async (context: CommandContext, options: ScreenOptions): Promise<number> => {
  const end = await openScreen(context, { view: 'replay', ...options }, () => {});
  if (end.type === 'done' || end.type === 'closed') return 0;
  throw new GamedayError('ENVIRONMENT_FAILED', {
    message:
      end.type === 'frozen' ? 'the screen did not answer any more and was ended' : `the screen ended with ${end.code}`,
    hint:
      end.type === 'died' && end.says !== '' ? `it said: ${end.says}` : 'gameday replay --plain shows it line by line',
  });
};

/** On a terminal at the speed that was asked for; into a file or a pipe at once, since nobody watches. */
const replayLines = async (
  { terminal, signal }: CommandContext,
  journal: readonly JournalEvent[],
  { speed, atMs }: { readonly speed: number; readonly atMs: Ms },
): Promise<number> => {
  const clock = startClock();
  for (const { atMs: whenMs, lines } of told(journal)) {
    if (whenMs < atMs || lines.length === 0) continue;
    if (terminal.face.outputIsTerminal) await clock.sleep(ms((whenMs - atMs) / speed - clock.nowMs()), signal);
    for (const line of lines) terminal.out(line);
  }
  return 0;
};

/** The words of each event: those that its responder would have read, or those of a run that nobody played. */
const told = function* (
  journal: readonly JournalEvent[],
): Generator<{ readonly atMs: Ms; readonly lines: readonly string[] }> {
  const [started] = journal;
  if (started?.type !== 'run.started' || started.plan.drill === null) {
    for (const event of journal) yield { atMs: event.atMs, lines: [progressLine(event) ?? []].flat() };
    return;
  }
  let narration = startNarration(briefingOf(started, runbooksOf(started.plan)));
  for (const event of journal) {
    const next = narrate(narration, event);
    narration = next.narration;
    yield { atMs: event.atMs, lines: next.lines };
  }
};
