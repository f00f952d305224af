/** An alert is known by all of its labels. */

type Labels = Readonly<Record<string, string>>;

export type AlertAt = { readonly alert: string; readonly labels: Labels; readonly key: string };

/** Labels without the name, and a key for the whole. */
export const nameAndLabels = (all: Labels): AlertAt => {
  const { alertname: alert = '', ...labels } = all;
  return { alert, labels, key: JSON.stringify(Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1))) };
};
