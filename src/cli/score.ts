/** `gameday score`: judges a finished run again, from its journal alone; the same on any machine and in any year. */
import { suggestName } from '../documents/suggestion.ts';
import { GamedayError } from '../errors.ts';
import type { JournalEvent } from '../journal/events.ts';
import { explainable, explanation } from '../reports/explain.ts';
import { columns } from '../reports/plain-text.ts';
import { readinessReport } from '../reports/readiness-report.ts';
import { scorecardJson } from '../reports/scorecard-json.ts';
import { scorecard } from '../reports/scorecard.ts';
import { verifyJson } from '../reports/verify-json.ts';
import { verifyReport } from '../reports/verify-report.ts';
import { drillJudgement } from '../verdicts/drill-judgement.ts';
import { judgement } from '../verdicts/judgement.ts';
import type { AddCommand } from './command.ts';
import { exitCodes, helpAfter } from './exit-codes.ts';
import { endedJournalOf, runsFolderOf } from './runs.ts';

/** `explain`: true for everything, or the name of one item. */
type Options = { readonly json?: boolean; readonly explain?: boolean | string };
type Scored = { readonly text: string; readonly code: number };

export const addScore: AddCommand = (program, run) => {
  program
    .command('score')
    .argument('<run>', 'its id as in gameday list runs, or the path of its folder')
    .description('judge a finished run again from its journal: verdicts, READINESS and, of a drill, TEAM')
    .option('--json', 'print the verdicts as JSON')
    .option('--explain [item]', 'print the arithmetic, of a drill also of one item: right-lead, claims, total, …')
    .addHelpText(
      'after',
      helpAfter(
        [
          'gameday score 20261122-183005-ab12',
          'gameday score ./copied-run --explain',
          'gameday score 20261122-183005-ab12 --explain right-lead',
        ],
        { ...exitCodes, 2: 'there is no such run, or its journal is damaged' },
      ),
    )
    .action(
      run(async (context, name: string, options: Options) => {
        const journal = endedJournalOf(await runsFolderOf(context), name);
        const [started] = journal;
        const isDrill = started?.type === 'run.started' && started.plan.mode === 'drill';
        const { text, code } = (isDrill ? scoreDrill : scoreVerify)(journal, options);
        context.terminal.out(text);
        return code;
      }),
    );
};

const scoreVerify = (journal: readonly JournalEvent[], { json, explain }: Options): Scored => {
  const result = judgement(journal);
  const { code } = result.exit;
  if (json === true) return { text: verifyJson([result]), code };
  if (explain === undefined) return { text: verifyReport(result), code };
  if (explain === true || explain === 'readiness') return { text: readinessReport(result), code };
  throw unknownItem(String(explain), ['readiness']);
};

/** The code is that of the run: points never change it. */
const scoreDrill = (journal: readonly JournalEvent[], { json, explain }: Options): Scored => {
  const judged = drillJudgement(journal);
  const { code } = judged.exit;
  if (json === true) return { text: scorecardJson(judged), code };
  if (explain === undefined) return { text: scorecard(judged, columns).join('\n'), code };
  const items = explainable(judged);
  if (typeof explain === 'string' && !items.includes(explain)) throw unknownItem(explain, items);
  return { text: explanation(judged, explain === true ? undefined : String(explain)), code };
};

const unknownItem = (item: string, known: readonly string[]): GamedayError =>
  new GamedayError('USAGE', { message: `there is no item "${item}" to explain`, hint: suggestName(item, known) });
