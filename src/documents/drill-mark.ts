/** How the notifications of a run are told from those of an outage. */
import { z } from 'zod';

export type DrillMark = {
  /** A label of every notification, and its value. */
  readonly label: string;
  readonly value: string;
  /** Before what people read of it. */
  readonly prefix: string;
};

export const defaultMark: DrillMark = { label: 'gameday', value: 'drill', prefix: '(DRILL) ' };

const expected = 'expected true, false or { label, value, prefix }';
const someText = z.string().min(1, 'expected text that is not empty').max(60, 'expected at most 60 characters');

/** `true`, `false`, or the parts that shall be otherwise; null: notifications are not marked. */
export const drillMark = z
  .preprocess(
    (written) => (written === true ? {} : written === false ? null : written),
    z
      .strictObject(
        {
          label: someText
            .regex(/^[a-zA-Z_]\w*$/, 'expected the name of a label: letters, digits and _')
            .refine((name) => name !== 'alertname', 'expected another label than the name of the alert')
            .default(defaultMark.label),
          value: someText.default(defaultMark.value),
          prefix: someText
            .refine((text) => !text.includes('{{'), 'expected text that is no template')
            .default(defaultMark.prefix),
        },
        expected,
      )
      .nullable(),
  )
  .default(defaultMark);
