/** What the exit code says, the same for every command. */
import type { ErrorCode } from '../errors.ts';

export const exitCodes = {
  0: 'all required checks passed',
  1: 'the system under test failed a check',
  2: 'usage, configuration or a document is wrong; nothing was started',
  3: 'the environment or the tool failed',
  4: 'inconclusive',
  5: 'a fault may still be active (wins over every other)',
  6: 'refused by a safety rule',
  124: 'the time limit was reached; everything is restored',
  130: 'interrupted; everything is restored',
  143: 'terminated; everything is restored',
} as const;

export type ExitCode = keyof typeof exitCodes;

export const exitCodeOf = {
  USAGE: 2,
  DOCUMENT_INVALID: 2,
  ENVIRONMENT_FAILED: 3,
  ENVIRONMENT_UNREACHABLE: 3,
  REFUSED: 6,
  RESIDUE: 5,
} as const satisfies Record<ErrorCode, ExitCode>;

/** What stands below the help of a command: examples to copy, and the codes it can end with, in words of its own or all of them. */
export const helpAfter = (
  examples: readonly string[],
  codes: Readonly<Partial<Record<ExitCode, string>>> = exitCodes,
): string =>
  [
    '',
    'Examples:',
    ...examples.map((example) => `  ${example}`),
    '',
    'Exit codes:',
    ...Object.entries(codes).map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`),
  ].join('\n');

/** Of commands that judge nothing. Any command may find that what a dead run left cannot be undone. */
export const plainCodes = { 0: 'done', 2: exitCodes[2], 3: exitCodes[3], 5: exitCodes[5] } as const;
