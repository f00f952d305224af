import { defineConfig } from 'vitest/config';

/** The replica in Docker, for real. Skipped where Docker does not answer, unless GAMEDAY_DOCKER=required. One run at a time. */
export default defineConfig({
  test: {
    name: 'containers',
    include: ['test/containers/*.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 60_000,
  },
});
