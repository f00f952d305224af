/** `/api/v2/silences` and `/api/v2/silence/ID`. */
import { z } from 'zod';
import { showTime, type Answer, type ApiContext, type Request } from './api-context.ts';
import { matcher, matchesAll, parseMatchers, type Matcher, type Operator } from './matchers.ts';
import { NoSilence, silenceState, type Silence } from './silences.ts';

const silenceSchema = z.object({
  id: z.string().optional(),
  matchers: z.array(
    z.object({ name: z.string().min(1), value: z.string(), isRegex: z.boolean(), isEqual: z.boolean().default(true) }),
  ),
  startsAt: z.iso.datetime({ offset: true }),
  endsAt: z.iso.datetime({ offset: true }),
  createdBy: z.string(),
  comment: z.string(),
});

const operatorOf = (isRegex: boolean, isEqual: boolean): Operator =>
  isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!=';

const shownMatcher = ({ name, operator, value }: Matcher): object => ({
  name,
  value,
  isRegex: operator.endsWith('~'),
  isEqual: operator.startsWith('='),
});

const shownSilence = (silence: Silence, nowMs: number): object => ({
  id: silence.id,
  matchers: silence.matchers.map(shownMatcher),
  startsAt: showTime(silence.startsAt),
  endsAt: showTime(silence.endsAt),
  updatedAt: showTime(silence.updatedAt),
  createdBy: silence.createdBy,
  comment: silence.comment,
  status: { state: silenceState(silence, nowMs) },
});

export const postSilence = (api: ApiContext, { body }: Request): Answer => {
  const { id, matchers, startsAt, endsAt, createdBy, comment } = silenceSchema.parse(JSON.parse(body));
  const silence = {
    matchers: matchers.map(({ name, value, isRegex, isEqual }) => matcher(name, operatorOf(isRegex, isEqual), value)),
    startsAt: Date.parse(startsAt),
    endsAt: Date.parse(endsAt),
    createdBy,
    comment,
  };
  try {
    return { status: 200, body: { silenceID: api.silences.put(silence, id === '' ? undefined : id, api.now()) } };
  } catch (error) {
    if (error instanceof NoSilence) return { status: 404, body: error.message };
    throw error;
  }
};

/** Active ones first, then pending, then expired; within a state those that end (or start) soonest. */
export const getSilences = (api: ApiContext, { query }: Request): Answer => {
  const nowMs = api.now();
  const filters = query.getAll('filter').flatMap((text) => parseMatchers(text));
  // A filter is about the text of the silence's own matchers.
  const isWanted = ({ matchers }: Silence): boolean =>
    matchesAll(filters, Object.fromEntries(matchers.map(({ name, value }) => [name, value])));
  const rank = { active: 0, pending: 1, expired: 2 } as const;
  const order = (a: Silence, b: Silence): number =>
    rank[silenceState(a, nowMs)] - rank[silenceState(b, nowMs)] || a.endsAt - b.endsAt || a.startsAt - b.startsAt;
  return {
    status: 200,
    body: api.silences
      .all()
      .filter(isWanted)
      .toSorted(order)
      .map((each) => shownSilence(each, nowMs)),
  };
};

const noSilence = (id: string): Answer => ({ status: 404, body: `silence ${id} not found` });

export const getSilence = (api: ApiContext, { id }: Request): Answer => {
  const silence = api.silences.get(id);
  return silence === undefined ? noSilence(id) : { status: 200, body: shownSilence(silence, api.now()) };
};

export const deleteSilence = (api: ApiContext, { id }: Request): Answer =>
  api.silences.expire(id, api.now()) ? { status: 200 } : noSilence(id);
