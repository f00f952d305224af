/**
 * Where what a responder does arrives: each action becomes events and an answer. What is said is written down; what asks or
 * changes the system does so as the person on call would; what hits something is confirmed with a typed word first. Nothing
 * here knows the truth, so no answer can tell it.
 */
import type { Action, Reply } from '../../drill/action.ts';
import type { Briefing } from '../../drill/briefing.ts';
import { GamedayError, reasonOf } from '../../errors.ts';
import type { Actor, JournalFact } from '../../journal/events.ts';
import type { Clock } from '../../clock.ts';
import type { Journal } from '../../journal/journal.ts';
import type { PlannedDrill } from '../../plan/plan.ts';
import { configured, settingsWords, type Act, type Acts } from '../acts.ts';
import type { ReadRunbook } from '../scenes.ts';
import { NoStage, type Stage, type StageDoor } from '../stage.ts';
import { openRunner } from '../step-runner.ts';
import { askSystem, type Question } from './ask-system.ts';
import { openHeard } from './heard.ts';
import { openHints } from './hints.ts';
import { openShelf } from './runbook-shelf.ts';
import { teamWord } from './team-words.ts';

export type DeskParts = {
  readonly drill: PlannedDrill;
  readonly briefing: Briefing;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly door: StageDoor;
  readonly acts: Acts;
  readonly readRunbook: ReadRunbook;
  /** Every runbook by its file, as text. */
  readonly runbooks: ReadonlyMap<string, string>;
  /** Undo everything now and end the run. */
  readonly onStop: (by: Actor, reason: string) => void;
};

export type Desk = (wanted: Action, by: Actor) => Promise<Reply>;

export const openDesk = (parts: DeskParts): Desk => {
  const { drill, briefing, journal, clock, door, acts, readRunbook, runbooks, onStop } = parts;
  const { runId, speed, components, causes, roles } = briefing;
  const record = (fact: JournalFact): void => void journal.append(fact);
  const heard = openHeard();
  journal.subscribe(heard.hear);
  const hint = openHints(drill, record);
  const shelf = openShelf({
    texts: runbooks,
    readRunbook,
    paged: heard.paged,
    runner: (runbook, stage) => openRunner({ ...stage, runbook, runId, speed, clock, record }),
    record,
  });
  let asking = false;

  /** One at a time, like a person at a prompt: many sessions at once would take the slots that the incident is about. */
  const ask = async (question: Question, by: Actor): Promise<Reply> => {
    if (asking) return refused('the last question is not answered yet', 'one at a time');
    asking = true;
    try {
      return await door.during((stage) => askSystem(question, by, stage, { runId, speed, record }));
    } finally {
      asking = false;
    }
  };

  const change = (wanted: Act, confirm: string | undefined, by: Actor): Promise<Reply> =>
    door.during(async (stage) => {
      const word = `${wanted.act} ${wanted.target}`;
      if (wanted.act === 'configure') configured(await stage.environment.service.readConfiguration(), wanted.settings);
      if (confirm === undefined) return { type: 'confirm', word, says: consequences(wanted, stage) };
      if (confirm.trim() !== word) return refused(`"${confirm}" is not "${word}"; nothing was done`);
      await acts(stage, wanted, by);
      return { type: 'done', title: wanted.act === 'restart' ? `${wanted.target} restarted` : 'written', lines: [] };
    });

  const answer = async (wanted: Action, by: Actor): Promise<Reply> => {
    switch (wanted.do) {
      case 'acknowledge':
      case 'focus':
      case 'hypothesise':
      case 'declareSeverity':
      case 'nameLead':
      case 'escalate':
      case 'update':
      case 'note':
      case 'rateStep':
      case 'claim': {
        const named = wanted.do === 'rateStep' ? { ...wanted, step: shelf.stepName(wanted.step) } : wanted;
        const said = teamWord(named, { components, causes, roles, alerts: heard.alerts(), steps: heard.steps() }, by);
        if (!said.ok) return { type: 'refused', problem: said.problem, hint: said.hint };
        record(said.fact);
        return { type: 'done', title: said.title, lines: [] };
      }
      case 'sql':
      case 'promql':
      case 'logs':
        return ask(wanted, by);
      case 'openRunbook':
        return door.during((stage) => shelf.open(wanted.runbook, stage));
      case 'runStep':
        return door.during(() => shelf.run(wanted, by));
      case 'restart':
        return change({ act: 'restart', target: wanted.target }, wanted.confirm, by);
      case 'configure':
        return change({ act: 'configure', target: wanted.target, settings: wanted.settings }, wanted.confirm, by);
      case 'hint':
        return hint(wanted, by);
      case 'stop':
        onStop(by, wanted.reason ?? 'the responder ended it');
        return { type: 'done', title: 'stopping; everything is being undone', lines: [] };
      default:
        return wanted satisfies never;
    }
  };

  return async (wanted, by) => {
    if (door.state() === 'closed') return refused('the drill is over', null);
    try {
      return await answer(wanted, by);
    } catch (error) {
      if (error instanceof NoStage) return refused('the environment is not up yet', 'wait for it, or for the page');
      if (error instanceof GamedayError) return refused(error.message, error.problems[0]?.hint ?? null);
      return refused(reasonOf(error));
    }
  };
};

const refused = (problem: string, hint: string | null = null): Reply => ({ type: 'refused', problem, hint });

/** What will be hit, and how it is taken back. */
const consequences = (wanted: Act, { environment }: Stage): string => {
  if (wanted.act === 'configure')
    return `Writes ${settingsWords(wanted.settings)} into the service's configuration; it takes effect with the next restart of the service. Write the old value to take it back.`;
  if (wanted.target === 'postgres')
    return 'Restarts PostgreSQL: every session is dropped, and nobody gets in for about a second. A restart cannot be taken back.';
  const instances = environment.service.urls.length;
  return `Restarts the service, its ${instances} instances one after another: requests under way are dropped. A restart cannot be taken back.`;
};
