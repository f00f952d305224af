/** Watching alerts from rule to notification service, over the two servers' own APIs. */
import type { JournalFact } from '../journal/events.ts';

type Labels = Readonly<Record<string, string>>;
type AlertAt = { readonly alert: string; readonly labels: Labels; readonly key: string };

export type AlertPoll = {
  /** One look at both servers. @returns What changed since the last look; nothing where a server does not answer. */
  readonly look: (signal: AbortSignal) => Promise<readonly JournalFact[]>;
};

export const pollAlerts = (prometheusUrl: string, alertmanagerUrl: string): AlertPoll => {
  const evaluated = new Map<string, AlertAt & { firing: boolean }>();
  const sent = new Set<string>();
  return {
    look: async (signal) => {
      const [rules, notified] = await Promise.all([
        atPrometheus(prometheusUrl, signal),
        atAlertmanager(alertmanagerUrl, signal),
      ]);
      const facts: JournalFact[] = [];
      for (const { key, alert, labels, firing, value } of rules ?? []) {
        const before = evaluated.get(key);
        evaluated.set(key, { key, alert, labels, firing });
        if (before === undefined) facts.push({ type: 'alert.pended', alert, labels, value });
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
      for (const { key, alert, labels } of notified ?? []) {
        if (sent.has(key)) continue;
        sent.add(key);
        facts.push({ type: 'alert.sent', alert, labels });
      }
      if (notified !== undefined) {
        const present = new Set(notified.map(({ key }) => key));
        for (const key of sent) if (!present.has(key)) sent.delete(key);
      }
      return facts;
    },
  };
};

/** Labels without the name, and a key for the whole. */
export const nameAndLabels = (all: Labels): AlertAt => {
  const { alertname: alert = '', ...labels } = all;
  return { alert, labels, key: JSON.stringify(Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1))) };
};

const atPrometheus = async (
  url: string,
  signal: AbortSignal,
): Promise<readonly (AlertAt & { firing: boolean; value: number | null })[] | undefined> => {
  const answer = (await getJson(`${url}/api/v1/alerts`, signal)) as
    { data: { alerts: { labels: Labels; state: string; value: string }[] } } | undefined;
  return answer?.data.alerts.map(({ labels, state, value }) => ({
    ...nameAndLabels(labels),
    firing: state === 'firing',
    value: Number.isFinite(Number(value)) ? Number(value) : null,
  }));
};

const atAlertmanager = async (url: string, signal: AbortSignal): Promise<readonly AlertAt[] | undefined> => {
  const answer = (await getJson(`${url}/api/v2/alerts`, signal)) as { labels: Labels }[] | undefined;
  return answer?.map(({ labels }) => nameAndLabels(labels));
};

const getJson = async (url: string, signal: AbortSignal): Promise<unknown> => {
  try {
    const response = await fetch(url, { signal });
    if (response.ok) return await response.json();
    await response.body?.cancel();
  } catch {
    // Not answering now; the next look tells.
  }
  return undefined;
};
