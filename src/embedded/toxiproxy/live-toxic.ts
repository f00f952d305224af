/** A toxic as the API keeps it: named, changeable, and read by every stage that acts for it. */
import { ApiError, badBody } from './api-error.ts';
import { countField, fieldsOf, numberField, stringField, type Fields } from './body.ts';
import { toxicKinds } from './toxics/catalogue.ts';
import type { Attributes, ToxicKind } from './toxics/toxic.ts';

export type Stream = 'upstream' | 'downstream';

/** As the API shows it. */
export type ToxicView = {
  readonly attributes: Attributes;
  readonly name: string;
  readonly type: string;
  readonly stream: Stream;
  readonly toxicity: number;
};

export type LiveToxic = {
  readonly name: string;
  readonly stream: Stream;
  readonly kind: ToxicKind;
  readonly attributes: () => Attributes;
  /** The share of connections it acts on: 0 none, 1 all. */
  readonly toxicity: () => number;
  /** Takes attributes and toxicity, what is not given stays. Nothing changes when anything is wrong. */
  readonly change: (body: unknown) => void;
  readonly view: () => ToxicView;
};

/**
 * @param isTaken Asked for the name before the attributes are looked at.
 * @throws {ApiError} 400 or 409.
 */
export const createToxic = (body: unknown, isTaken: (name: string) => boolean): LiveToxic => {
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
  return {
    name,
    stream,
    kind,
    attributes: () => attributes,
    toxicity: () => toxicity,
    change: (update) => {
      const changes = fieldsOf(update, 'a toxic');
      const attributesChanged = changedAttributes(kind, attributes, changes);
      toxicity = changedToxicity(toxicity, changes);
      attributes = attributesChanged;
    },
    view: () => ({ attributes, name, type, stream, toxicity }),
  };
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
  for (let digits = 1; digits < 9; digits += 1) {
    const shorter = Number(kept.toPrecision(digits));
    if (Math.fround(shorter) === kept) return shorter;
  }
  return kept;
};
