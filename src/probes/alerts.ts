/** Watching alerts from rule to notification service, over the two servers' own APIs. */
import type { JournalFact } from '../journal/events.ts';
import type { Ms } from '../units.ts';
import { nameAndLabels, type AlertAt } from './alert-identity.ts';
import { getJson } from './get-json.ts';
import { pollNotified } from './notified-alerts.ts';

type Labels = Readonly<Record<string, string>>;

export type AlertPoll = {
  /** One look at both servers. @returns What changed since the last look; nothing where a server does not answer. */
  readonly look: (signal: AbortSignal) => Promise<readonly JournalFact[]>;
};

/** @param dated A time of the servers on the run's clock; undefined where that is not known. */
export const pollAlerts = (
  prometheusUrl: string,
  alertmanagerUrl: string,
  dated: (time: string) => Ms | undefined = () => undefined,
): AlertPoll => {
  const evaluated = new Map<string, AlertAt & { firing: boolean }>();
  const notified = pollNotified(alertmanagerUrl, dated);
  return {
    look: async (signal) => {
      const [rules, sent] = await Promise.all([atPrometheus(prometheusUrl, signal), notified(signal)]);
      const facts: JournalFact[] = [];
      for (const { key, alert, labels, firing, value, activeAt } of rules ?? []) {
        const before = evaluated.get(key);
        evaluated.set(key, { key, alert, labels, firing });
        const activeAtMs = dated(activeAt);
        if (before === undefined)
          facts.push({
            ...{ type: 'alert.pended', alert, labels, value },
            ...(activeAtMs === undefined ? {} : { activeAtMs }),
          });
        if (firing && before?.firing !== true) facts.push({ type: 'alert.fired', alert, labels, value });
      }
      if (rules !== undefined) {
        const present = new Set(rules.map(({ key }) => key));
        for (const { key, alert, labels, firing } of evaluated.values()) {
          if (present.has(key)) continue;
          evaluated.delete(key);
          facts.push({ type: 'alert.cleared', alert, labels, wasFiring: firing });
        }
      }
      return [...facts, ...sent];
    },
  };
};

const atPrometheus = async (
  url: string,
  signal: AbortSignal,
): Promise<readonly (AlertAt & { firing: boolean; value: number | null; activeAt: string })[] | undefined> => {
  const answer = (await getJson(`${url}/api/v1/alerts`, signal)) as
    { data: { alerts: { labels: Labels; state: string; value: string; activeAt?: string }[] } } | undefined;
  return answer?.data.alerts.map(({ labels, state, value, activeAt = '' }) => ({
    ...{ ...nameAndLabels(labels), activeAt },
    firing: state === 'firing',
    value: Number.isFinite(Number(value)) ? Number(value) : null,
  }));
};
