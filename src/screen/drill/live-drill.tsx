/** A drill screen at the end of its session. */
import { useInput, useWindowSize } from 'ink';
import { useEffect, useRef, useState, type ReactElement } from 'react';
import type { Clock } from '../../clock.ts';
import type { JournalEvent } from '../../journal/events.ts';
import type { SessionAddress } from '../ipc.ts';
import { Frame } from '../kit/frame.tsx';
import { DrillScreen } from './drill-screen.tsx';
import { noPicture, openFeed, type Feed, type Picture } from './feed.ts';

export type LiveDrillProps = {
  readonly session: SessionAddress;
  readonly clock: Clock;
  /** The run goes on without this terminal. */
  readonly onDetach: () => void;
  /** null where the session was gone before its journal could be read. */
  readonly onOver: (journal: readonly JournalEvent[] | null) => void;
};

export const LiveDrill = ({ session, clock, onDetach, onOver }: LiveDrillProps): ReactElement => {
  const [{ model, nowMs, link }, setPicture] = useState<Picture>(noPicture);
  const feed = useRef<Feed>(null);
  useEffect(() => {
    const opened = openFeed(session, clock, setPicture);
    feed.current = opened;
    return opened.close;
  }, [session, clock]);

  if (model === null) return <Waiting lost={link === 'lost'} onDetach={onDetach} />;
  return (
    <DrillScreen
      model={model}
      nowMs={nowMs}
      link={link}
      onAction={(action) => feed.current?.act(action) ?? Promise.reject(new Error('there is no session'))}
      onQuit={(why) => (why === 'detach' ? onDetach() : void feed.current?.journal().then(onOver))}
    />
  );
};

type WaitingProps = { readonly lost: boolean; readonly onDetach: () => void };

const Waiting = ({ lost, onDetach }: WaitingProps): ReactElement => {
  const size = useWindowSize();
  useInput((input, key) => {
    if (input === 'q' || (key.ctrl && input === 'c')) onDetach();
  });
  const header = lost ? ' the session is gone' : ' waiting for the session …';
  return (
    <Frame size={size} header={header} keys={[{ key: 'q', does: 'leave' }]}>
      {null}
    </Frame>
  );
};
