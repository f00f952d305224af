/** A toxic as the API keeps it: named, changeable, and read by every stage that acts for it. */
import { ApiError, badBody } from './api-error.ts';
import { countField, fieldsOf, numberField, stringField, type Fields } from './body.ts';
import { createTimeToLive } from './time-to-live.ts';
import { toxicKinds } from './toxics/catalogue.ts';
import type { Attributes, ToxicKind } from './toxics/toxic.ts';

export type Stream = 'upstream' | 'downstream';

/** As the API shows it. */
export type ToxicView = {
  readonly attributes: Attributes;
  readonly name: string;
  readonly type: string;
  /** As it was written, in any case. */
  readonly stream: string;
  readonly toxicity: number;
  /** Milliseconds until it is removed by itself. */
  readonly ttl?: number;
};

export type LiveToxic = {
  readonly name: string;
  readonly stream: Stream;
  readonly kind: ToxicKind;
  readonly attributes: () => Attributes;
  /** The share of connections it acts on: 0 none, 1 all. */
  readonly toxicity: () => number;
  /** Takes attributes, toxicity and time to live; what is not given stays. Nothing changes when anything is wrong. */
  readonly change: (body: unknown) => void;
  /** It is removed, and need not expire any more. */
  readonly retire: () => void;
  readonly view: () => ToxicView;
};

export type ToxicOwner = {
  /** Asked before the attributes are looked at. */
  readonly isTaken: (name: string) => boolean;
  /** Its time to live has run out. */
  readonly onExpired: (toxic: LiveToxic) => void;
};

/** @throws {ApiError} 400 or 409. */
export const createToxic = (body: unknown, { isTaken, onExpired }: ToxicOwner): LiveToxic => {
  const fields = fieldsOf(body, 'a toxic');
  const streamWritten = stringField(fields, 'stream') ?? 'downstream';
  const type = stringField(fields, 'type') ?? '';
  const stream = streamWritten.toLowerCase();
  if (stream !== 'upstream' && stream !== 'downstream')
    throw new ApiError(400, 'stream was invalid, can be either upstream or downstream');
  const kind = toxicKinds.get(type);
  if (kind === undefined) throw new ApiError(400, 'invalid toxic type');
  const givenName = stringField(fields, 'name') ?? '';
  const name = givenName === '' ? `${type}_${streamWritten}` : givenName;
  if (isTaken(name)) throw new ApiError(409, 'toxic already exists');

  let attributes = changedAttributes(kind, kind.defaults, fields);
  let toxicity = changedToxicity(1, fields);
  const ttl = countField(fields, 'ttl') ?? 0;
  const life = createTimeToLive(() => onExpired(toxic));
  const toxic: LiveToxic = {
    name,
    stream,
    kind,
    attributes: () => attributes,
    toxicity: () => toxicity,
    change: (update) => {
      const changes = fieldsOf(update, 'a toxic');
      const attributesChanged = changedAttributes(kind, attributes, changes);
      const toxicityChanged = changedToxicity(toxicity, changes);
      const ttlChanged = countField(changes, 'ttl');
      attributes = attributesChanged;
      toxicity = toxicityChanged;
      if (ttlChanged !== undefined) life.set(ttlChanged);
    },
    retire: life.end,
    view: () => {
      const leftMs = life.leftMs();
      const view = { attributes, name, type, stream: streamWritten, toxicity };
      return leftMs === undefined ? view : { ...view, ttl: leftMs };
    },
  };
  life.set(ttl);
  return toxic;
};

const changedAttributes = (kind: ToxicKind, attributes: Attributes, fields: Fields): Attributes => {
  const given = fieldsOf(fields.get('attributes') ?? null, 'attributes');
  const changed = Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, countField(given, name) ?? value]),
  );
  const problem = kind.problem?.(changed);
  if (problem !== undefined) throw badBody(problem);
  return changed;
};

/** The original keeps a 32-bit float and prints the shortest decimal that means it: 1/3 comes back as 0.33333334. */
const changedToxicity = (toxicity: number, fields: Fields): number => {
  const given = numberField(fields, 'toxicity');
  if (given === undefined) return toxicity;
  const kept = Math.fround(given);
  if (!Number.isFinite(kept)) throw badBody(`toxicity ${given} is too large`);
  for (let digits = 1; digits < 9; digits += 1) {
    const shorter = Number(kept.toPrecision(digits));
    if (Math.fround(shorter) === kept) return shorter;
  }
  return kept;
};
