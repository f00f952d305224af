/** A drill of the flagship in this process, and a terminal of it that is only a program. */
import { createParser } from 'eventsource-parser';
import { onTestFinished } from 'vitest';
import { perform } from '../src/cli/perform.ts';
import { planAll } from '../src/cli/project/plans.ts';
import { openProject } from '../src/cli/project/project.ts';
import type { Action, Reply } from '../src/drill/action.ts';
import type { Briefing } from '../src/drill/briefing.ts';
import type { JournalEvent } from '../src/journal/events.ts';
import type { OpenedSession } from '../src/run/conduct.ts';
import { Stopped } from '../src/run/stopped.ts';
import { openSecrets } from '../src/safety/secrets.ts';
import { seconds, type Ms } from '../src/units.ts';
import { edit, scratchProject } from './gameday.fixture.ts';

const experiment = 'experiments/web-stack-outage.yaml';

/** Starts a drill of the flagship in this process, with a limit of its own. */
export const startDrill = async ({
  limitMs = seconds(60),
  lostAfterMs = seconds(60),
}: { limitMs?: Ms; lostAfterMs?: Ms } = {}) => {
  const folder = scratchProject();
  // Words that stand nowhere else, in all that a responder must not see.
  edit(folder, experiment, /name: the server lets both pools in/, 'name: CANARY-HEALED');
  edit(folder, experiment, /(sql: ")select current_setting/, '$1select /* CANARY-SQL */ current_setting');
  edit(folder, experiment, /(level: solution, text: )'[^']*'/, "$1'CANARY-SOLUTION'");
  edit(folder, experiment, /(act: restart-service, severity: minor, why: )[^}]*/, '$1CANARY-HARM ');
  edit(folder, experiment, /(times: [\d.]+, why: )'[^']*'/, '$1CANARY-SPIKE');
  edit(folder, experiment, /notes:\n    - \{ at: \w+,/, 'notes:\n    - { at: 1s,');
  const project = openProject(folder, undefined);
  const [planned] = await planAll(project, ['web-stack-outage'], {
    ...{ proof: 'single', speed: 30, seed: 1, runbook: null },
    drill: { mode: 'evaluation', timeScale: null, limitMs },
  });
  if (planned === undefined) throw new Error('no plan');
  const opened = Promise.withResolvers<OpenedSession>();
  const stopping = new AbortController();
  const events: JournalEvent[] = [];
  const performed = perform({
    ...{ project, version: 'test', signal: stopping.signal, lostAfterMs, secrets: openSecrets({}) },
    planned,
    onSession: opened.resolve,
    onEvent: (event) => events.push(event),
  });
  performed.catch(opened.reject);
  onTestFinished(async () => {
    stopping.abort(new Stopped('SIGINT'));
    await performed;
  });
  return { session: await opened.promise, performed, events };
};

/** A terminal as a program: reads the stream, beats and acts. */
export const terminal = (url: string, token: string) => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const leaving = new AbortController();
  const seen: JournalEvent[] = [];
  let text = '';
  const briefing = Promise.withResolvers<{ briefing: Briefing; nowMs: number }>();
  const listeners = new Set<() => void>();
  const parser = createParser({
    onEvent: ({ event, data }) => {
      if (event === 'briefing') briefing.resolve(JSON.parse(data) as { briefing: Briefing; nowMs: number });
      else seen.push(JSON.parse(data) as JournalEvent);
      for (const look of listeners) look();
    },
  });
  const reading = (async () => {
    const response = await fetch(`${url}/v1/events`, { headers, signal: leaving.signal });
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      parser.feed(chunk);
    }
  })().catch(() => {});
  const beating = setInterval(() => {
    void fetch(`${url}/v1/beat`, { method: 'POST', headers }).catch(() => {});
  }, 1_000);
  const leave = async (): Promise<void> => {
    clearInterval(beating);
    leaving.abort();
    await reading;
  };
  onTestFinished(leave);
  return {
    seen,
    text: () => text,
    briefing: briefing.promise,
    leave,
    /** Rejects when the run ends without it. */
    sees: (wanted: (event: JournalEvent) => boolean): Promise<JournalEvent> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = seen.find(wanted);
          if (found !== undefined) resolve(found);
          else if (seen.at(-1)?.type === 'run.ended') reject(new Error(`not seen: ${JSON.stringify(seen.slice(-3))}`));
          else return;
          listeners.delete(look);
        };
        listeners.add(look);
        look();
      }),
    say: async (wanted: Action): Promise<Reply> => {
      const response = await fetch(`${url}/v1/actions`, { method: 'POST', headers, body: JSON.stringify(wanted) });
      return (await response.json()) as Reply;
    },
    get: (path: string) => fetch(`${url}${path}`, { headers }),
  };
};
