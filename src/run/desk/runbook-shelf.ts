/** The runbooks a person can open, the one that is open, and its steps, run one at a time in any order. */
import { posix } from 'node:path';
import { suggestName } from '../../documents/suggestion.ts';
import type { Runbook, Step } from '../../documents/runbook.ts';
import type { Reply } from '../../drill/action.ts';
import { reasonOf } from '../../errors.ts';
import type { Actor, JournalFact } from '../../journal/events.ts';
import { resolveRunbook } from '../runbook-link.ts';
import type { ReadRunbook } from '../scenes.ts';
import type { Stage } from '../stage.ts';
import type { StepResult } from '../steps/run-step.ts';
import type { RunStep } from '../step-runner.ts';
import { dangerWords, runbookPage, stepsIn } from './runbook-page.ts';
import { textTable } from './text-table.ts';

export type ShelfParts = {
  /** Every runbook by its file, as text. */
  readonly texts: ReadonlyMap<string, string>;
  readonly readRunbook: ReadRunbook;
  /** The alerts that have paged, in order. */
  readonly paged: () => readonly string[];
  readonly runner: (runbook: Runbook, stage: Stage) => RunStep;
  readonly record: (fact: JournalFact) => void;
};

type RunAsked = { readonly step: string; readonly confirm?: string | undefined };

export type Shelf = {
  readonly open: (name: string | undefined, stage: Stage) => Promise<Reply>;
  readonly run: (asked: RunAsked, by: Actor) => Promise<Reply>;
  /** A number, which counts from 1 in the runbook that is open, as the step's name; anything else as it is. */
  readonly stepName: (wanted: string) => string;
};

type Opened = { readonly runbook: Runbook; readonly run: RunStep };

const outputLinesMax = 200;

export const openShelf = ({ texts, readRunbook, paged, runner, record }: ShelfParts): Shelf => {
  const files = [...texts.keys()].toSorted();
  /** Each with what its steps have found out; it is kept when another one is opened. */
  const known = new Map<string, Opened>();
  /** Alerts whose link leads nowhere: said once. */
  const missing = new Set<string>();
  let current: Opened | undefined;
  let running: string | undefined;

  /** Runbooks behind the alerts that paged, the way a responder takes: through the alert's own link. */
  const linked = ({ pager }: Stage): ReadonlyMap<string, { readonly alert: string; readonly url: string }> => {
    const found = new Map<string, { alert: string; url: string }>();
    for (const alert of paged()) {
      const url = pager.annotationsOf(alert)?.['runbook_url'];
      const link = resolveRunbook(url, readRunbook.exists);
      if (link.found) {
        if (!found.has(link.file)) found.set(link.file, { alert, url: url ?? '' });
      } else if (url !== undefined && !missing.has(alert)) {
        missing.add(alert);
        record({ type: 'runbook.missing', alert, url, reason: link.reason });
      }
    }
    return found;
  };

  const read = async (file: string, stage: Stage): Promise<Reply> => {
    const before = known.get(file);
    let runbook: Runbook;
    try {
      runbook = before?.runbook ?? (await readRunbook.read(file));
    } catch (error) {
      return refused(`${file} cannot be followed: ${reasonOf(error)}`);
    }
    const opened = before ?? { runbook, run: runner(runbook, stage) };
    known.set(file, opened);
    if (current !== opened) {
      const link = linked(stage).get(file);
      if (link !== undefined) record({ type: 'runbook.found', ...link, file });
      record({ type: 'runbook.started', file, steps: runbook.steps.map(({ name }) => name) });
    }
    current = opened;
    return { type: 'done', title: `${runbook.title}  ${file}`, lines: runbookPage(texts.get(file) ?? '', runbook) };
  };

  const list = (stage: Stage): Reply => {
    const behind = linked(stage);
    const rows = files.map((file) => [nameOf(file), behind.get(file)?.alert ?? '']);
    const columns = ['runbook', 'behind the alert'].map((name) => ({ name, numeric: false }));
    return { type: 'done', title: 'runbooks: open one by its name', lines: textTable(columns, rows) };
  };

  const stepOf = (wanted: string, { runbook }: Opened): Step | undefined => {
    const steps = stepsIn(runbook);
    return steps.find(({ name }) => name === wanted) ?? steps[Number(/^\d+$/.exec(wanted)?.[0] ?? 0) - 1];
  };

  return {
    stepName: (wanted) => (current === undefined ? wanted : (stepOf(wanted, current)?.name ?? wanted)),
    open: async (name, stage) => {
      if (name === undefined) {
        const [only, another] = linked(stage).keys();
        return only !== undefined && another === undefined ? read(only, stage) : list(stage);
      }
      const wanted = name.toLowerCase();
      const file = files.find((each) => each.toLowerCase() === wanted || nameOf(each).toLowerCase() === wanted);
      return file === undefined
        ? refused(`there is no runbook "${name}"`, suggestName(name, files.map(nameOf)))
        : read(file, stage);
    },
    run: async ({ step: wanted, confirm }, by) => {
      if (current === undefined) return refused('no runbook is open', 'open one first: runbook NAME');
      const { runbook, run } = current;
      const step = stepOf(wanted, current);
      if (step === undefined)
        return refused(
          `"${wanted}" is no step of ${runbook.file}`,
          suggestName(
            wanted,
            stepsIn(runbook).map(({ name }) => name),
          ),
        );
      if (running !== undefined) return refused(`step ${running} is still running`, 'one step at a time');
      if (step.danger !== 'read') {
        const word = `run ${step.name}`;
        if (confirm === undefined) return { type: 'confirm', word, says: consequences(step) };
        if (confirm.trim() !== word) return refused(`"${confirm}" is not "${word}"; nothing was run`);
        record({ type: 'team.acted', by, act: `step ${step.name}`, detail: oneLine(step.body) });
      }
      running = step.name;
      try {
        const result = await run(step);
        return { type: 'done', title: `${step.name} ${result.outcome}: ${result.detail}`, lines: outputOf(result) };
      } finally {
        running = undefined;
      }
    },
  };
};

const refused = (problem: string, hint: string | null = null): Reply => ({ type: 'refused', problem, hint });

const nameOf = (file: string): string => posix.basename(file).replace(/\.md$/i, '');

const oneLine = (text: string): string => text.trim().replaceAll(/\s+/g, ' ').slice(0, 300);

/** What, to what, and how it is taken back. */
const consequences = ({ name, language, danger, body, on, undo }: Step): string => {
  const as = on === undefined ? '' : ` as ${on.role}`;
  const back = undo === undefined ? 'Nothing takes it back before the end.' : `Step ${undo} takes it back.`;
  return `Step ${name} ${dangerWords[danger]} (${language}${as}): ${oneLine(body)}. ${back}`;
};

const outputOf = ({ facts }: StepResult): readonly string[] => {
  const { rows, stdout, stderr } = facts;
  const [first] = rows;
  if (first === undefined)
    return [stdout, stderr]
      .flatMap((text) => text.split('\n'))
      .filter((line) => line !== '')
      .slice(-outputLinesMax);
  const columns = Object.entries(first).map(([name, value]) => ({ name, numeric: typeof value === 'number' }));
  const shown = rows.slice(0, outputLinesMax);
  return textTable(
    columns,
    shown.map((row) =>
      columns.map(({ name }) => (row[name] === null || row[name] === undefined ? null : String(row[name]))),
    ),
  );
};
