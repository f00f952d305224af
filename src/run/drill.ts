/**
 * The scene of a drill: a calm system, the fault, and then a person. It ends when they say "resolved" and it is true, when
 * the time is up, or when the run is stopped; in each case the undo follows at once.
 */
import type { JournalEvent } from '../journal/events.ts';
import type { PlannedDrill } from '../plan/plan.ts';
import { ms, seconds, type Ms } from '../units.ts';
import { steadyStateVerdict } from '../verdicts/steady-state.ts';
import { showConnections } from './dashboard.ts';
import { drillCourse, type DrillCourse } from './drill-course.ts';
import { calmBaseline, inject, type Scene } from './scenes.ts';
import { Stopped } from './stopped.ts';
import { waitFor } from './waiting.ts';

/** After a true "resolved" the alerts get this long to say so, too. */
const alertsWithinMs = seconds(10);

export const drillScene = async (scene: Scene): Promise<void> => {
  const { plan, journal, signal } = scene;
  if (plan.drill === null) throw new Error(`the plan of ${scene.runId} has no drill`);
  const course = drillCourse(plan, plan.drill.holdMs);
  const over = new AbortController();
  const during = AbortSignal.any([signal, over.signal]);
  const unsubscribe = journal.subscribe(listener(scene, course));
  void showConnections(scene, during);
  try {
    await played(scene, plan.drill, course, during);
  } finally {
    over.abort();
    unsubscribe();
  }
};

const played = async (scene: Scene, drill: PlannedDrill, course: DrillCourse, during: AbortSignal): Promise<void> => {
  const { clock, enter } = scene;
  const { limitMs } = drill;
  if (!(await calmBaseline(scene))) {
    // Nobody has to wonder why it is over before it began.
    const { detail } = steadyStateVerdict(scene.events(), scene.plan);
    scene.record({
      type: 'run.stopped',
      by: 'nobody',
      reason: `nothing was broken: the replica never came to rest (${detail})`,
    });
    return;
  }
  await inject(scene);
  const injectedMs = clock.nowMs();
  enter('await-alert');
  const begun = await waitFor(scene, ms(injectedMs + limitMs), () => course.detectedMs() ?? endOf(course));
  if (begun === undefined) throw new Stopped('time limit');
  const detectedMs = course.detectedMs() ?? injectedMs;
  enter('respond'); // not before the page, or it would tell that something was broken
  void tellStory(scene, drill, detectedMs, during);
  const ended = await waitFor(scene, ms(detectedMs + limitMs), () => endOf(course));
  if (ended === undefined) throw new Stopped('time limit');
  enter('resolve');
  await waitFor(scene, ms(clock.nowMs() + alertsWithinMs), () => (course.quiet() ? true : undefined));
};

const endOf = (course: DrillCourse): true | undefined => (course.resolved() ? true : undefined);

/** Keeps the course, and writes down when the service was healed and when it fell ill again: facts that nobody claims. */
const listener = ({ record }: Scene, course: DrillCourse): ((event: JournalEvent) => void) => {
  let healed = course.healed();
  return (event) => {
    course.hear(event);
    const now = course.healed();
    if (now === healed) return;
    healed = now;
    // Behind the event that everybody else is still being told of.
    queueMicrotask(() =>
      record(
        now === undefined
          ? { type: 'service.relapsed', reason: 'fell ill again while people worked on it' }
          : { type: 'service.healed', ...now },
      ),
    );
  };
};

/** The storyline's notes, each at its time since detection. Never rejects. */
const tellStory = async (
  { clock, record }: Scene,
  { notes }: PlannedDrill,
  detectedMs: Ms,
  during: AbortSignal,
): Promise<void> => {
  for (const { atMs, to, text } of notes.toSorted((a, b) => a.atMs - b.atMs)) {
    await clock.sleep(ms(detectedMs + atMs - clock.nowMs()), during).catch(() => {});
    if (during.aborted) return;
    record({ type: 'note.delivered', to, text });
  }
};
