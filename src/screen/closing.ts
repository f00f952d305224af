/** What a drill comes to, for whoever has played it: the printed report, what can be asked of it, and what to talk about. */
import type { JournalEvent } from '../journal/events.ts';
import { scorecard } from '../reports/scorecard.ts';
import { drillJudgement } from '../verdicts/team/drill-judgement.ts';
import type { TeamItem } from '../verdicts/team/item.ts';

export type Closing = {
  readonly title: string;
  /** @returns Lines of at most `width` columns. */
  readonly report: (width: number) => readonly string[];
  readonly items: readonly TeamItem[];
  /** false in training, and where nothing can be scored: then nobody is shown points. */
  readonly scored: boolean;
  readonly questions: readonly string[];
};

/** @param journal Of a drill, whole. */
export const closingOf = (journal: readonly JournalEvent[]): Closing => {
  const judged = drillJudgement(journal);
  const { plan, runId, objectives, questions } = judged;
  return {
    title: `${plan.experiment.name}  run ${runId}`,
    report: (width) => scorecard(judged, width),
    items: objectives,
    scored: judged.team !== null,
    questions: questions.map(({ text }) => text),
  };
};
