/** `gameday alerts`: what became of a run's alerts. */
import { suggestName } from '../documents/suggestion.ts';
import { GamedayError } from '../errors.ts';
import type { JournalEvent } from '../journal/events.ts';
import type { AlertExplanations } from '../verdicts/alerts/explanation.ts';
import type { AddCommand } from './command.ts';
import { exitCodes, helpAfter } from './exit-codes.ts';
import { endedJournalOf, runsFolderOf } from './project/runs.ts';

export const addAlerts: AddCommand = (program, run) => {
  const alerts = program
    .command('alerts')
    .addHelpText('after', helpAfter(['gameday alerts explain 20261122-183005-ab12'], exitCodes));
  alerts
    .command('explain')
    .argument('<run>', 'its id as in gameday list runs, or the path of its folder')
    .argument('[alert]', 'one of its alerts; all of them unless given')
    .description(
      'step by step from its series to its receiver, each with its time and the delay configured, or why not',
    )
    .option('--json', 'print the explanations as JSON')
    .addHelpText(
      'after',
      helpAfter(
        [
          'gameday alerts explain 20261122-183005-ab12',
          'gameday alerts explain 20261122-183005-ab12 DatabaseConnectionsRefused',
          'gameday alerts explain ./copied-run --json',
        ],
        { ...exitCodes, 2: 'there is no such run or alert, or its journal is damaged' },
      ),
    )
    .action(
      run(async (context, name: string, alert: string | undefined, { json }: { json?: boolean }) => {
        const journal = endedJournalOf(runsFolderOf(context), name);
        const [{ alertExplanations }, { explanationReport }, { explanationsIn }] = await Promise.all([
          import('../verdicts/alerts/explanation.ts'),
          import('../reports/alert-explanation-report.ts'),
          import('../reports/alert-explanation-json.ts'),
        ]);
        const { plan } = startOf(journal);
        const all = alertExplanations(journal, plan);
        const shown = alert === undefined ? all : only(all, alert);
        context.terminal.out(
          json === true
            ? JSON.stringify({ schemaVersion: 1, runId: startOf(journal).runId, ...explanationsIn(shown) }, null, 2)
            : explanationReport(shown, plan.speed),
        );
        return exitOf(journal);
      }),
    );
};

const startOf = ([first]: readonly JournalEvent[]): Extract<JournalEvent, { type: 'run.started' }> => {
  if (first?.type !== 'run.started') throw new Error('a journal begins with run.started');
  return first;
};

/** @throws {GamedayError} USAGE where nothing is to be said of an alert of that name. */
const only = ({ expected, unexpected }: AlertExplanations, name: string): AlertExplanations => {
  const named = {
    expected: expected.filter(({ alert }) => alert === name),
    unexpected: unexpected.filter(({ alert }) => alert === name),
  };
  if (named.expected.length + named.unexpected.length > 0) return named;
  const known = [...new Set([...expected, ...unexpected].map(({ alert }) => alert))];
  throw new GamedayError('USAGE', {
    message: `alert "${name}" is not expected in this run, and did not fire unexpectedly`,
    hint: suggestName(name, known),
  });
};

/** That of the run, as `gameday score` gives it. */
const exitOf = async (journal: readonly JournalEvent[]): Promise<number> => {
  const isDrill = startOf(journal).plan.mode === 'drill';
  const { exit } = isDrill
    ? (await import('../verdicts/team/drill-judgement.ts')).drillJudgement(journal)
    : (await import('../verdicts/judgement.ts')).judgement(journal);
  return exit.code;
};
