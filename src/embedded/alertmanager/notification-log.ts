/** What each receiver was last told about each group, and whether there is news for it. */
import type { Ms } from '../../units.ts';

/** Fingerprints by state. */
export type Told = { readonly firing: ReadonlySet<string>; readonly resolved: ReadonlySet<string> };
export type LogEntry = Told & { readonly atMs: number };

/** By receiver, integration and group. */
export type NotificationLog = Map<string, LogEntry>;

/** In the words of `notification_reason`. */
export type News =
  | 'first notification'
  | 'new alerts added'
  | 'some alerts resolved'
  | 'all alerts resolved'
  | 'repeat interval elapsed';

/**
 * Why a receiver should be notified, or null when it knows all this.
 *
 * That everything is resolved counts even where `sendResolved` is off: nothing is sent then, but the log has to forget
 * the firing alerts, or they would not be news when they fire again. `repeatIntervalMs` is only looked at when a group
 * ticks, so in effect it is rounded up to the next multiple of `group_interval`.
 */
export const newsFor = (
  entry: LogEntry | undefined,
  { firing, resolved }: Told,
  { sendResolved, repeatIntervalMs, dueMs }: { sendResolved: boolean; repeatIntervalMs: Ms; dueMs: number },
): News | null => {
  if (entry === undefined) return firing.size > 0 ? 'first notification' : null;
  if (!firing.isSubsetOf(entry.firing)) return entry.firing.size === 0 ? 'first notification' : 'new alerts added';
  if (firing.size === 0) return entry.firing.size > 0 ? 'all alerts resolved' : null;
  if (sendResolved && !resolved.isSubsetOf(entry.resolved)) return 'some alerts resolved';
  return entry.atMs < dueMs - repeatIntervalMs ? 'repeat interval elapsed' : null;
};
