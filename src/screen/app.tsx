/** Which view is shown, and what leads from one to the next. What a view asks for goes to the launcher as a message. */
import { useWindowSize } from 'ink';
import { useEffect, useState, type ReactElement } from 'react';
import type { Clock } from '../clock.ts';
import type { Problem } from '../errors.ts';
import type { JournalEvent } from '../journal/events.ts';
import { LiveDrill } from './drill/live-drill.tsx';
import { Home } from './home/home.tsx';
import type { FromScreen, ScreenStart, ToScreen } from './ipc.ts';
import type { Closing } from './closing.ts';
import { Replay } from './replay/replay-view.tsx';
import { Scorecard } from './scorecard/scorecard.tsx';

export type Launcher = {
  readonly send: (message: FromScreen) => void;
  /** @returns Stops listening. */
  readonly onMessage: (listener: (message: ToScreen) => void) => () => void;
};

export type AppProps = {
  readonly start: AppStart;
  readonly launcher: Launcher;
  readonly clock: Clock;
  /** Nothing is left to show. */
  readonly onDone: () => void;
};

type View =
  | AppStart
  | {
      readonly view: 'scorecard';
      readonly runId: string;
      readonly journal: readonly JournalEvent[];
      readonly closing: Closing;
    };

/** As the launcher says it, but for the journal of a replay, which has been read. */
export type AppStart =
  | Exclude<ScreenStart, { readonly view: 'replay' }>
  | (Omit<Extract<ScreenStart, { readonly view: 'replay' }>, 'journalFile'> & {
      readonly journal: readonly JournalEvent[];
    });

export const App = ({ start, launcher, clock, onDone }: AppProps): ReactElement => {
  const size = useWindowSize();
  const [view, setView] = useState<View>(start);
  const [starting, setStarting] = useState<string | null>(null);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  useEffect(
    () =>
      launcher.onMessage((message) => {
        setStarting(null);
        if ('problems' in message) setProblems(message.problems);
        else if ('session' in message && !('view' in message))
          setView({ view: 'drill', session: message.session, runId: message.session.runId });
      }),
    [launcher],
  );

  switch (view.view) {
    case 'home':
      return (
        <Home
          {...view}
          size={size}
          starting={starting}
          problems={problems}
          onDrill={(experiment, mode) => {
            setStarting(`starting the replica for ${experiment}`);
            setProblems([]);
            launcher.send({ start: { experiment, mode } });
          }}
          onVerify={(experiment) => launcher.send({ verify: { experiment } })}
          onQuit={onDone}
        />
      );
    case 'drill': {
      const { session, runId } = view;
      return (
        <LiveDrill
          session={session}
          clock={clock}
          onDetach={onDone}
          onOver={(journal) =>
            journal === null
              ? onDone()
              : void judged(journal).then((closing) => setView({ view: 'scorecard', runId, journal, closing }))
          }
        />
      );
    }
    case 'scorecard': {
      const { runId, journal, closing } = view;
      return (
        <Scorecard
          closing={closing}
          journal={journal}
          size={size}
          onAnswers={(answers) => launcher.send({ debrief: { runId, answers } })}
          onDone={onDone}
        />
      );
    }
    case 'replay':
      return <Replay {...view} size={size} clock={clock} onQuit={onDone} />;
    default:
      return view satisfies never;
  }
};

/** Only now: whoever opens a drill need not wait until everything that judges one is loaded. */
const judged = async (journal: readonly JournalEvent[]): Promise<Closing> => {
  const { closingOf } = await import('./closing.ts');
  return closingOf(journal);
};
