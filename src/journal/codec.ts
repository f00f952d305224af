/** The journal as text: one JSON document per line, `seq` from 0 without gaps, a torn last line tolerated. */
import type { JournalEvent } from './events.ts';

export const encodeEvent = (event: JournalEvent): string => `${JSON.stringify(event)}\n`;

/**
 * The events in `text`, and how many bytes of it they take: what lies beyond is a line that a crash cut short.
 *
 * @throws {Error} where a line in the middle is not an event or a number is missing: the file was edited.
 */
export const decodeJournal = (text: string): { readonly events: readonly JournalEvent[]; readonly bytes: number } => {
  const end = text.lastIndexOf('\n') + 1;
  const lines = text.slice(0, end).split('\n');
  lines.pop();
  const events = lines.map((line, index) => {
    let event: JournalEvent;
    try {
      event = JSON.parse(line) as JournalEvent;
    } catch (cause) {
      throw new Error(`journal line ${index + 1} is not JSON`, { cause });
    }
    if (event.seq !== index) throw new Error(`journal line ${index + 1} has seq ${event.seq}, expected ${index}`);
    return event;
  });
  return { events, bytes: Buffer.byteLength(text.slice(0, end)) };
};
