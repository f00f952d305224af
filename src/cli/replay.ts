/** `gameday replay`: a finished run, shown again from its journal at any speed. Nothing is started, nothing is touched. */
import { GamedayError } from '../errors.ts';
import type { JournalEvent } from '../journal/events.ts';
import type { Plan } from '../plan/plan.ts';
import { defaultSpeed, momentOf } from '../screen/replay/playback.ts';
import { ms, type Ms } from '../units.ts';
import type { AddCommand, CommandContext } from './command.ts';
import { helpAfter, plainCodes } from './exit-codes.ts';
import { aSpeed, refused } from './option-values.ts';
import { openScreen } from './drill/play.ts';
import { endedJournalOf, journalFileOf, runsFolderOf } from './project/runs.ts';
import { whyPlain } from './terminal/terminal.ts';

type Options = { readonly speed: number; readonly at?: string; readonly plain?: boolean };

export const addReplay: AddCommand = (program, run) => {
  program
    .command('replay')
    .argument('<run>', 'its id as in gameday list runs, or the path of its folder')
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
        const runsFolder = runsFolderOf(context);
        const journal = endedJournalOf(runsFolder, name);
        const plan = planOf(journal);
        const atMs = options.at === undefined ? ms(0) : aMoment(options.at, journal);
        // Only a drill has a screen; what was verified is told in lines.
        const plain =
          options.plain === true || plan.drill === null || whyPlain(context.terminal.face, context.env) !== undefined;
        const runbooks = runbooksOf(plan);
        if (plain) {
          const { replayLines } = await import('./replay-lines.ts');
          return replayLines(context, journal, { runbooks, speed: options.speed, atMs });
        }
        return replayOnScreen(context, {
          journalFile: journalFileOf(runsFolder, name),
          runbooks,
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
