/** What `gameday score` says of a journal: the report it asked for, and the exit code of that run. */
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
import { drillJudgement } from '../verdicts/team/drill-judgement.ts';
import { judgement } from '../verdicts/judgement.ts';

/** `explain`: true for everything, or the name of one item. */
export type ScoreOptions = { readonly json?: boolean; readonly explain?: boolean | string };
export type Scored = { readonly text: string; readonly code: number };

/** @throws {GamedayError} USAGE for an item that this run does not have. */
export const scored = (journal: readonly JournalEvent[], options: ScoreOptions): Scored => {
  const [started] = journal;
  const isDrill = started?.type === 'run.started' && started.plan.mode === 'drill';
  return (isDrill ? scoreDrill : scoreVerify)(journal, options);
};

const scoreVerify = (journal: readonly JournalEvent[], { json, explain }: ScoreOptions): Scored => {
  const result = judgement(journal);
  const { code } = result.exit;
  if (json === true) return { text: verifyJson([result]), code };
  if (explain === undefined) return { text: verifyReport(result), code };
  if (explain === true || explain === 'readiness') return { text: readinessReport(result), code };
  throw unknownItem(String(explain), ['readiness']);
};

/** The code is that of the run: points never change it. */
const scoreDrill = (journal: readonly JournalEvent[], { json, explain }: ScoreOptions): Scored => {
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
