/** `gameday drill`: a person is paged by the replica, fights the outage, and is scored against the postmortem. */
import { GamedayError } from '../../errors.ts';
import type { DrillMode } from '../../plan/plan.ts';
import type { Ms } from '../../units.ts';
import type { AddCommand, CommandContext } from '../command.ts';
import { exitCodes, helpAfter } from '../exit-codes.ts';
import { targetOptions } from '../env/options.ts';
import { launchDrill, type DrillOptions } from './launch.ts';
import { aDuration, aSeed, aSpeed, refused } from '../option-values.ts';
import { originalOptions, originalsOf, type GivenOriginals } from '../project/originals.ts';
import { play } from './play.ts';
import { showWarnings } from '../warnings.ts';

type Options = GivenOriginals & {
  readonly mode: DrillMode;
  readonly speed?: number;
  readonly timeScale?: number;
  readonly timeLimit?: Ms;
  readonly seed: number;
  readonly plain?: boolean;
  readonly env?: string;
  readonly dryRun?: boolean;
};

/** A drill judges people, and people are not what an exit code is about. */
export const drillCodes = {
  0: 'the drill came to its end, or goes on without this terminal',
  2: exitCodes[2],
  3: exitCodes[3],
  5: exitCodes[5],
  6: exitCodes[6],
  124: exitCodes[124],
  130: exitCodes[130],
  143: exitCodes[143],
} as const;

export const addDrill: AddCommand = (program, run) => {
  program
    .command('drill')
    .argument('[experiment]', 'a name as in gameday list')
    .option(
      '--mode <mode>',
      'training: hints are free, nothing is added up; evaluation: it is measured',
      aMode,
      'training',
    )
    .option('--speed <factor>', 'how much faster the alerting runs than in production; the experiment says', aSpeed)
    .option('--time-scale <factor>', "how much faster the postmortem's own times run: 1, 2, 3, 5 or 10", aTimeScale)
    .option('--time-limit <duration>', 'end and restore after this long, e.g. 30m', aDuration('--time-limit', '30m'))
    .option('--seed <number>', 'the arrivals of buyers: the same seed, the same arrivals', aSeed, 1)
    .option(...originalOptions.toxiproxy)
    .option(...originalOptions.prometheus)
    .option(...originalOptions.alertmanager)
    .option(...targetOptions.env)
    .option(...targetOptions.dryRun)
    .option('--plain', 'line by line instead of on a whole screen')
    .addHelpText(
      'after',
      helpAfter(
        [
          'gameday drill web-stack-outage',
          'gameday drill web-stack-outage --mode evaluation --time-limit 45m',
          'gameday drill web-stack-outage --plain',
        ],
        drillCodes,
      ),
    )
    .action(
      run(async (context, experiment: string | undefined, options: Options) => {
        const wanted: DrillOptions = {
          experiment: experiment ?? (await onlyDrill(context)),
          mode: options.mode,
          speed: options.speed ?? null,
          timeScale: options.timeScale ?? null,
          limitMs: options.timeLimit ?? null,
          seed: options.seed,
          originals: await originalsOf(options),
        };
        const { admitDrill } = await import('../env/drill-guards.ts');
        const admitted = await admitDrill(context, wanted, options);
        if (admitted === undefined) return 0;
        const { warnings, ...played } = await launchDrill(context, admitted);
        if (warnings.length > 0) context.terminal.err(showWarnings(warnings));
        return play(context, played, options.plain === true);
      }),
    );
};

/** The one experiment that was written for drills, where there is only one. */
const onlyDrill = async (context: CommandContext): Promise<string> => {
  const project = await context.project();
  const written = project.experimentNames().filter((name) => {
    const read = project.experiment(name);
    return read.ok && read.value.drill !== undefined;
  });
  const [only, another] = written;
  if (only !== undefined && another === undefined) return only;
  const names = written.length === 0 ? project.experimentNames() : written;
  throw new GamedayError('USAGE', {
    message: 'gameday drill does not say which experiment',
    hint:
      names.length === 0
        ? 'write one into experiments/'
        : `use one of: ${names.map((name) => `gameday drill ${name}`).join(', ')}`,
  });
};

const aMode = (text: string): DrillMode => {
  if (text === 'training' || text === 'evaluation') return text;
  throw refused('--mode', text, 'training or evaluation', 'training');
};

const aTimeScale = (text: string): number => {
  if (['1', '2', '3', '5', '10'].includes(text)) return Number(text);
  throw refused('--time-scale', text, '1, 2, 3, 5 or 10', '5');
};
