/** What the home screen is told of the project: enough to choose, nothing that gives an outage away. */
import type { Read } from '../../documents/document.ts';
import type { Experiment } from '../../documents/experiment.ts';
import { minutes } from '../../units.ts';
import type { HomeModel, Played } from '../../screen/ipc.ts';
import type { Project } from '../project/project.ts';
import { allRuns, type RunSummary } from '../project/runs.ts';

/** Of an experiment that says nothing about drills. */
const usualLimit = minutes(30);

export const homeModel = (project: Project): HomeModel => {
  const runs = allRuns(project.runsFolder);
  return {
    experiments: postmortemsFirst(project).map(({ name, read }) => {
      const last = runs.find((run) => run.experiment === name && !run.onTrial);
      const lastRun = last === undefined ? null : played(last);
      if (!read.ok)
        return { name, title: name, summary: wrong(read.problems.length), lastRun, drillable: false, minutes: 0 };
      const { title, summary } = read.value;
      return { name, title, summary, lastRun, drillable: true, minutes: minutesOf(read.value) };
    }),
    runs: runs.map((run) => ({ runId: run.runId, experiment: run.experiment, ...played(run) })),
    drills: runs.flatMap(({ runId, experiment, startedAt, readiness, drill, outcome }) =>
      drill === undefined || !playedToItsEnd(outcome)
        ? []
        : [{ runId, experiment, when: startedAt, readiness: readiness ?? null, ...drill }],
    ),
  };
};

/** The replays of real incidents are what people come for. */
const postmortemsFirst = (project: Project): readonly { name: string; read: Read<Experiment> }[] =>
  project
    .experimentNames()
    .map((name) => ({ name, read: project.experiment(name) }))
    .toSorted((a, b) => rank(a.read) - rank(b.read) || (titleOf(a) < titleOf(b) ? -1 : 1));

const rank = (read: Read<Experiment>): number => (read.ok && read.value.postmortem !== undefined ? 0 : 1);

const titleOf = ({ name, read }: { name: string; read: Read<Experiment> }): string =>
  read.ok ? read.value.title : name;

/** A drill that somebody stopped, or that never began, says nothing of how a team does. */
const playedToItsEnd = (outcome: string): boolean => ['passed', 'failed', 'timed-out'].includes(outcome);

const played = ({ startedAt, mode, outcome, drill, readiness }: RunSummary): Played => ({
  when: startedAt,
  mode,
  outcome,
  team: playedToItsEnd(outcome) ? (drill?.team?.total ?? null) : null,
  readiness: readiness ?? null,
});

const minutesOf = ({ drill }: Experiment): number => Math.ceil((drill?.limitMs ?? usualLimit) / minutes(1));

const wrong = (problems: number): string =>
  `${problems} ${problems === 1 ? 'problem' : 'problems'} in its file: gameday show tells`;
