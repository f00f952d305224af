/** What the home screen is told of the project: enough to choose, nothing that gives an outage away. */
import type { Experiment } from '../documents/experiment.ts';
import { minutes } from '../units.ts';
import type { HomeModel, Played } from '../screen/ipc.ts';
import type { Project } from './project.ts';
import { allRuns, type RunSummary } from './runs.ts';

/** Of an experiment that says nothing about drills. */
const usualLimit = minutes(30);

export const homeModel = (project: Project): HomeModel => {
  const runs = allRuns(project.runsFolder);
  return {
    experiments: project.experimentNames().map((name) => {
      const read = project.experiment(name);
      const last = runs.find((run) => run.experiment === name && !run.onTrial);
      const lastRun = last === undefined ? null : played(last);
      if (!read.ok)
        return { name, title: name, summary: wrong(read.problems.length), lastRun, drillable: false, minutes: 0 };
      const { title, summary } = read.value;
      return { name, title, summary, lastRun, drillable: true, minutes: minutesOf(read.value) };
    }),
    runs: runs.map((run) => ({ runId: run.runId, experiment: run.experiment, ...played(run) })),
    drills: runs.flatMap(({ runId, experiment, startedAt, readiness, drill }) =>
      drill === undefined ? [] : [{ runId, experiment, when: startedAt, readiness: readiness ?? null, ...drill }],
    ),
  };
};

const played = ({ startedAt, mode, outcome, drill, readiness }: RunSummary): Played => ({
  when: startedAt,
  mode,
  outcome,
  team: drill?.team?.total ?? null,
  readiness: readiness ?? null,
});

const minutesOf = ({ drill }: Experiment): number => Math.ceil((drill?.limitMs ?? usualLimit) / minutes(1));

const wrong = (problems: number): string =>
  `${problems} ${problems === 1 ? 'problem' : 'problems'} in its file: gameday show tells`;
