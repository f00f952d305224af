/** `gameday list`: what can be run, and what was. */
import { suggestName } from '../documents/suggestion.ts';
import { GamedayError, type Problem } from '../errors.ts';
import { stopWords } from '../journal/words.ts';
import { table } from '../reports/plain-text.ts';
import type { AddCommand, CommandContext } from './command.ts';
import { helpAfter, plainCodes } from './exit-codes.ts';
import { allRuns, summaries } from './project/runs.ts';
import { showWarnings } from './warnings.ts';

const kinds = ['experiments', 'runbooks', 'runs'] as const;
type Kind = (typeof kinds)[number];

/** One thing of the list: for people, for machines, and what is wrong with it. */
type Row = {
  readonly cells: readonly [...string[], string];
  readonly json: unknown;
  readonly problems: readonly Problem[];
};

export const addList: AddCommand = (program, run) => {
  program
    .command('list')
    .argument('[what]', kinds.join(', '), 'experiments')
    .option('--json', 'print as JSON')
    .addHelpText('after', helpAfter(['gameday list', 'gameday list runs --json'], plainCodes))
    .action(
      run(async (context, what: string, { json }: { json?: boolean }) => {
        const kind = kinds.find((each) => each === what || each === `${what}s`);
        if (kind === undefined)
          throw new GamedayError('USAGE', {
            message: `there is nothing called "${what}" to list`,
            hint: suggestName(what, kinds),
          });
        const rows = await rowsOf[kind](context);
        const { out, err } = context.terminal;
        // A run is one line, however long the reason is for which somebody stopped it.
        const width = kind === 'runs' ? Infinity : undefined;
        const lines = table(
          rows.map(({ cells }) => cells),
          0,
          width,
        );
        if (json === true) out(JSON.stringify({ schemaVersion: 1, [kind]: rows.map((row) => row.json) }, null, 2));
        else out(rows.length === 0 ? `There are no ${kind} yet.` : lines.join('\n'));
        const problems = rows.flatMap((row) => row.problems);
        if (problems.length > 0) err(showWarnings(problems));
        return 0;
      }),
    );
};

const wrong = ({ length }: readonly Problem[]): string => `wrong: ${length} ${length === 1 ? 'problem' : 'problems'}`;

const rowsOf = {
  experiments: async (context) => {
    const project = await context.project();
    const runs = summaries(project.runsFolder);
    return project.experimentNames().map((name): Row => {
      const read = project.experiment(name);
      const title = read.ok ? read.value.title : null;
      const problems = read.ok ? [] : read.problems;
      const last = runs.find((run) => run.experiment === name && !run.onTrial);
      const lastRun = last && { runId: last.runId, startedAt: last.startedAt, outcome: last.outcome };
      return {
        cells: [
          name,
          last === undefined ? 'never run' : `${last.startedAt.slice(0, 10)} ${last.outcome}`,
          title ?? wrong(problems),
        ],
        json: { name, title, lastRun: lastRun ?? null, problems },
        problems,
      };
    });
  },
  runbooks: async (context) => {
    const project = await context.project();
    return Promise.all(
      project.runbookNames().map(async (file): Promise<Row> => {
        const read = await project.runbook(file);
        if (!read.ok)
          return {
            cells: [file, wrong(read.problems), ''],
            json: { file, steps: null, alerts: [], problems: read.problems },
            problems: read.problems,
          };
        const { steps, alerts } = read.value;
        return {
          cells: [file, `${steps.length} steps`, alerts.join(', ')],
          json: { file, steps: steps.length, alerts, problems: [] },
          problems: [],
        };
      }),
    );
  },
  runs: async (context) => {
    const { runsFolder } = context.folders();
    return allRuns(runsFolder).map((run): Row => {
      const { runId, startedAt, experiment, outcome, runbook, stopped } = run;
      const why = stopped === undefined ? '' : stopWords(stopped);
      return { cells: [runId, startedAt, experiment, outcome, runbook ?? '-', why], json: run, problems: [] };
    });
  },
} as const satisfies Record<Kind, (context: CommandContext) => Promise<readonly Row[]>>;
