/** One plain line per notable event, for standard error while a run is going. */
import type { JournalEvent } from '../journal/events.ts';
import { eventWords } from '../journal/words.ts';
import { oneLine } from './plain-text.ts';

/** `T+07.3s fault injected: 1-lower-connection-limit`; undefined for an event that needs no line. */
export const progressLine = (event: JournalEvent): string | undefined => {
  const text = eventWords(event);
  return text === undefined ? undefined : `T+${(event.atMs / 1_000).toFixed(1).padStart(4, '0')}s ${oneLine(text)}`;
};
