import { defineConfig } from 'vitest/config';
import { longestFirst } from './test/longest-first.ts';

const common = { pool: 'forks', testTimeout: 400_000, hookTimeout: 60_000 } as const;
const alone = ['test/containers/docker-stopped.test.ts'];

/**
 * The replica in Docker, for real. Skipped where Docker does not answer, unless GAMEDAY_DOCKER=required. Two files at a time: the
 * verdicts, and beside them what measures no time; the end of Docker comes last and alone.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: longestFirst(/\/verdicts\./) },
    projects: [
      {
        test: {
          ...common,
          name: 'containers',
          include: ['test/containers/*.test.ts'],
          exclude: alone,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      { test: { ...common, name: 'Docker', include: alone, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
