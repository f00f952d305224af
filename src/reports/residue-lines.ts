/** What may still be active, to be said before and after everything else, with the commands that remove it. */
import type { Residue } from '../verdicts/faults.ts';
import { columns, hanging, oneLine } from './plain-text.ts';

type Left = { readonly runId: string; readonly residue: readonly Residue[] };

/** Commands are never wrapped: they are there to be copied. */
export const residueLines = ({ residue, runId }: Left, width = columns): readonly string[] =>
  residue.length === 0
    ? []
    : [
        '!! A FAULT MAY STILL BE ACTIVE',
        ...residue.flatMap(({ fault, byHand }) => [
          ...hanging('!!   ', fault, width),
          ...(byHand === null ? [] : [`!!     by hand:  ${oneLine(byHand)}`]),
        ]),
        `!!   to undo all of it:  gameday recover ${runId}`,
        '',
      ];
