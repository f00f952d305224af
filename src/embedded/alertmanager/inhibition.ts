/** Inhibition: while a source alert fires, the alerts it explains are not notified. */
import type { Alert } from './alerts.ts';
import { labelValue, type Labels } from './labels.ts';
import { matchesAll } from './matchers.ts';
import type { InhibitRule } from './route-config.ts';

/** What counts of an alert here. */
type Source = Pick<Alert, 'labels' | 'fingerprint'>;

/**
 * @param firing Asked once, and not at all where no target matches.
 * @returns The fingerprints of the alerts that mute `labels`; none when it may be notified. Labels in `equal` that are
 *   missing on both sides count as equal. An alert that matches both sides of a rule is not muted by another such alert,
 *   so that alerts cannot mute each other.
 */
export const inhibitedBy = (
  rules: readonly InhibitRule[],
  firing: () => readonly Source[],
): ((labels: Labels) => readonly string[]) => {
  let known: readonly Source[] | undefined;
  const sources = new Map<InhibitRule, readonly Source[]>();
  const sourcesOf = (rule: InhibitRule): readonly Source[] => {
    const found = sources.get(rule) ?? (known ??= firing()).filter(({ labels }) => matchesAll(rule.source, labels));
    sources.set(rule, found);
    return found;
  };
  return (labels) =>
    rules
      .filter(({ target }) => matchesAll(target, labels))
      .flatMap((rule) => {
        const isSourceToo = matchesAll(rule.source, labels);
        return sourcesOf(rule).filter(
          (alert) =>
            rule.equal.every((name) => labelValue(alert.labels, name) === labelValue(labels, name)) &&
            !(isSourceToo && matchesAll(rule.target, alert.labels)),
        );
      })
      .map((alert) => alert.fingerprint);
};
