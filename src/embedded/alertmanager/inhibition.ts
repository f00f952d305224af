/** Inhibition: while a source alert fires, the alerts it explains are not notified. */
import type { Alert } from './alerts.ts';
import type { InhibitRule } from './config.ts';
import { labelValue, type Labels } from './labels.ts';
import { matchesAll } from './matchers.ts';

/**
 * The fingerprints of the firing alerts that mute `labels`; none when it may be notified. Labels in `equal` that are
 * missing on both sides count as equal. An alert that matches both sides of a rule is not muted by another such alert,
 * so that alerts cannot mute each other.
 */
export const inhibitedBy = (
  rules: readonly InhibitRule[],
  firing: readonly Alert[],
  labels: Labels,
): readonly string[] =>
  rules
    .filter(({ target }) => matchesAll(target, labels))
    .flatMap(({ source, target, equal }) => {
      const isSourceToo = matchesAll(source, labels);
      return firing.filter(
        (alert) =>
          matchesAll(source, alert.labels) &&
          equal.every((name) => labelValue(alert.labels, name) === labelValue(labels, name)) &&
          !(isSourceToo && matchesAll(target, alert.labels)),
      );
    })
    .map((alert) => alert.fingerprint);
