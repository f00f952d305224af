/** `gameday list`: what can be run, and what was. */
import { suggestName } from '../documents/suggestion.ts';
import { GamedayError } from '../errors.ts';
import { table } from '../reports/plain-text.ts';
import type { AddCommand, CommandContext } from './command.ts';
import { summaries } from './runs.ts';

const kinds = ['experiments', 'runbooks', 'runs'] as const;
type Kind = (typeof kinds)[number];
type Row = Readonly<Record<string, string | null>>;

export const addList: AddCommand = (program, run) => {
  program
    .command('list')
    .argument('[what]', `${kinds.join(', ')}`, 'experiments')
    .description('list experiments, runbooks or runs')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExamples:\n  gameday list\n  gameday list runs --json')
    .action(
      run(async (context, what: string, { json }: { json?: boolean }) => {
        const kind = kinds.find((each) => each === what || each === `${what}s`);
        if (kind === undefined)
          throw new GamedayError('USAGE', {
            message: `there is nothing called "${what}" to list`,
            hint: suggestName(what, kinds),
          });
        const rows = await rowsOf(kind, context);
        if (json === true) context.terminal.out(JSON.stringify({ schemaVersion: 1, [kind]: rows }, null, 2));
        else if (rows.length === 0) context.terminal.out(`There are no ${kind} yet.`);
        else
          context.terminal.out(
            table(
              rows.map((row) => cells(row)),
              0,
            ).join('\n'),
          );
        return 0;
      }),
    );
};

const cells = (row: Row): readonly [...string[], string] => {
  const values = Object.values(row).map((value) => value ?? '-');
  return [...values.slice(0, -1), values.at(-1) ?? ''];
};

const rowsOf = async (kind: Kind, context: CommandContext): Promise<readonly Row[]> => {
  const project = context.project();
  const runs = summaries(project.runsFolder);
  switch (kind) {
    case 'experiments':
      return project.experimentNames().map((name) => {
        const read = project.experiment(name);
        const last = runs.find((run) => run.experiment === name);
        return {
          name,
          last: last === undefined ? 'never run' : `${last.startedAt.slice(0, 10)} ${last.outcome}`,
          title: read.ok ? read.value.title : `wrong: ${read.problems.length} problems, see gameday show ${name}`,
        };
      });
    case 'runbooks':
      return Promise.all(
        project.runbookNames().map(async (file) => {
          const read = await project.runbook(file);
          return {
            file,
            steps: read.ok ? `${read.value.steps.length} steps` : `wrong: ${read.problems.length} problems`,
            alerts: read.ok ? read.value.alerts.join(', ') : '',
          };
        }),
      );
    case 'runs':
      return runs.map(({ runId, startedAt, experiment, outcome, runbook }) => ({
        runId,
        startedAt,
        experiment,
        outcome,
        runbook,
      }));
    default:
      return kind satisfies never;
  }
};
