/** What a notification service knows: which alerts, whom it will tell, and why it keeps one to itself. */
import type { Muting } from '../journal/alert-facts.ts';
import type { JournalFact } from '../journal/events.ts';
import type { Ms } from '../units.ts';
import { nameAndLabels } from './alert-identity.ts';
import { getJson } from './get-json.ts';

type Labels = Readonly<Record<string, string>>;

type Answer = readonly {
  readonly labels: Labels;
  readonly fingerprint: string;
  readonly startsAt?: string;
  readonly updatedAt?: string;
  readonly receivers?: readonly { readonly name: string }[];
  readonly status: { readonly silencedBy?: readonly string[]; readonly inhibitedBy?: readonly string[] };
}[];
/** Only here an Alertmanager (since 0.28) says which time intervals mute an alert: that depends on its route. */
type Groups = readonly {
  readonly alerts: readonly {
    readonly fingerprint: string;
    readonly status: { readonly mutedBy?: readonly string[] };
  }[];
}[];

type Known = { readonly alert: string; readonly labels: Labels; readonly muted: boolean };

/** One look. @returns What changed since the last one; nothing where the server does not answer. */
export const pollNotified = (
  url: string,
  dated: (time: string) => Ms | undefined,
): ((signal: AbortSignal) => Promise<readonly JournalFact[]>) => {
  const known = new Map<string, Known>();
  const silences = new Map<string, Muting['silences'][number]>();

  const silenceOf = async (id: string, signal: AbortSignal): Promise<Muting['silences'][number]> => {
    const said = silences.get(id) ?? (await askedSilence(url, id, signal));
    silences.set(id, said);
    return said;
  };
  const mutingOf = async (
    { fingerprint: own, status: { silencedBy = [], inhibitedBy = [] } }: Answer[number],
    all: Answer,
    groups: Groups,
    signal: AbortSignal,
  ): Promise<Muting> => ({
    silences: await Promise.all(silencedBy.map((id) => silenceOf(id, signal))),
    alerts: all
      .filter(({ fingerprint }) => inhibitedBy.includes(fingerprint))
      .map(({ labels: other }) => {
        const { alert, labels } = nameAndLabels(other);
        return { alert, labels };
      }),
    intervals: intervalsOf(own, groups),
  });

  return async (signal) => {
    const answer = (await getJson(`${url}/api/v2/alerts`, signal)) as Answer | undefined;
    if (answer === undefined) return [];
    const groups = answer.length === 0 ? [] : await getJson(`${url}/api/v2/alerts/groups`, signal);
    const facts: JournalFact[] = [];
    const present = new Set<string>();
    for (const each of answer) {
      const { labels: all, startsAt = '', updatedAt = '', receivers } = each;
      const { alert, labels, key } = nameAndLabels(all);
      const before = known.get(key);
      present.add(key);
      if (before === undefined) {
        const [firedAtMs, sentAtMs] = [dated(startsAt), dated(updatedAt)];
        facts.push({
          ...{ type: 'alert.sent', alert, labels },
          ...(receivers === undefined ? {} : { receivers: receivers.map(({ name }) => name) }),
          ...(firedAtMs === undefined ? {} : { firedAtMs }),
          ...(sentAtMs === undefined ? {} : { sentAtMs }),
        });
      }
      const muting = await mutingOf(each, answer, (groups ?? []) as Groups, signal);
      const muted = muting.silences.length + muting.alerts.length + muting.intervals.length > 0;
      if (muted && before?.muted !== true) facts.push({ type: 'alert.muted', alert, labels, muting });
      if (!muted && before?.muted === true) facts.push({ type: 'alert.unmuted', alert, labels });
      known.set(key, { alert, labels, muted });
    }
    for (const key of known.keys()) if (!present.has(key)) known.delete(key);
    return facts;
  };
};

/** Muted is what none of its routes tells. */
const intervalsOf = (fingerprint: string, groups: Groups): readonly string[] => {
  const routes = groups
    .flatMap(({ alerts }) => alerts.filter((alert) => alert.fingerprint === fingerprint))
    .map(({ status: { mutedBy = [] } }) => mutedBy);
  return routes.every((intervals) => intervals.length > 0) ? [...new Set(routes.flat())] : [];
};

const askedSilence = async (url: string, id: string, signal: AbortSignal): Promise<Muting['silences'][number]> => {
  const silence = (await getJson(`${url}/api/v2/silence/${id}`, signal)) as
    { readonly createdBy?: string; readonly comment?: string } | undefined;
  return { id, author: silence?.createdBy ?? '', comment: (silence?.comment ?? '').slice(0, 200) };
};
