/**
 * What a session says, folded into a model. Events come as fast as they like; a picture is handed on when something has
 * changed or a second has passed, four times a second at most, because what a frame costs is the whole screen.
 */
import type { Clock } from '../../clock.ts';
import type { JournalEvent } from '../../journal/events.ts';
import { ms, type Ms } from '../../units.ts';
import type { SessionAddress } from '../ipc.ts';
import { reduce, startModel, type Model } from '../model.ts';
import { openSessionClient, type LinkState, type SessionClient } from '../session-client.ts';

export type Picture = {
  /** null until the session has said what the drill is. */
  readonly model: Model | null;
  /** The run's clock. */
  readonly nowMs: Ms;
  readonly link: LinkState;
};

export const noPicture: Picture = { model: null, nowMs: ms(0), link: 'ok' };

export type Feed = Pick<SessionClient, 'act'> & {
  /** Of a run that has ended; null where its session was gone before. */
  readonly journal: () => Promise<readonly JournalEvent[] | null>;
  readonly close: () => void;
};

const frameMs = 250;
/** What has happened before somebody joins comes in pieces without a pause. */
const pauseMs = 20;

export const openFeed = (address: SessionAddress, clock: Clock, onPicture: (picture: Picture) => void): Feed => {
  let model: Model | null = null;
  let link: LinkState = 'ok';
  /** From this process' clock to the run's. */
  let offsetMs = 0;
  let drawn = noPicture;
  let journal: Promise<readonly JournalEvent[] | null> = Promise.resolve(null);

  const draw = (): void => {
    // After the end the clock stands still, and so does the screen.
    const nowMs = model?.phase === 'over' ? model.atMs : ms(clock.nowMs() + offsetMs);
    const same = model === drawn.model && link === drawn.link && secondOf(nowMs) === secondOf(drawn.nowMs);
    if (same) return;
    drawn = { model, nowMs, link };
    onPicture(drawn);
  };
  /** Nobody waits for the first picture longer than until the story so far is told. */
  let first: NodeJS.Timeout | undefined;
  const drawFirst = (): void => {
    if (drawn.model !== null) return;
    clearTimeout(first);
    first = setTimeout(draw, pauseMs);
  };

  const client = openSessionClient(
    address,
    {
      onBriefing: (briefing, nowMs) => {
        offsetMs = nowMs - clock.nowMs();
        model ??= startModel(briefing);
        drawFirst();
      },
      onEvent: (event) => {
        if (model !== null) model = reduce(model, event);
        drawFirst();
        // At once: the session closes soon after its end.
        if (event.type === 'run.ended') journal = client.journal().catch(() => null);
      },
      onLink: (state) => (link = state),
    },
    clock,
  );
  const timer = setInterval(draw, frameMs);
  return {
    act: client.act,
    journal: () => journal,
    close: () => {
      clearInterval(timer);
      clearTimeout(first);
      client.close();
    },
  };
};

const secondOf = (atMs: Ms): number => Math.floor(atMs / 1_000);
