/** What `verify` and `drill` ask about the environment they go against; light, because help loads it, too. */
import type { Target } from '../../environments/attached/attached.ts';
import { GamedayError } from '../../errors.ts';

/** Flags and words for Commander. */
export const targetOptions = {
  env: ['--env <name>', 'where it runs: embedded, containers, or an environment of gameday.yaml (docs/attached.md)'],
  dryRun: ['--dry-run', 'say what would be done, by which statements, and do nothing'],
} as const;

/** The team's own alerting runs as fast as it runs. @param otherwise What holds for a replica unless it is given. */
export const speedAt = <Speed extends number | null>(
  target: Pick<Target, 'name'> | undefined,
  given: number | null | undefined,
  otherwise: Speed,
): number | Speed => {
  if (target === undefined) return given ?? otherwise;
  if (given === undefined || given === null || given === 1) return 1;
  throw new GamedayError('USAGE', {
    message: `--speed is ${given}; environment "${target.name}" has alerting of its own, which runs in real time`,
    hint: 'leave --speed out',
  });
};
