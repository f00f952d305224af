import { defineConfig } from 'vitest/config';
import { longRooms } from './vitest.config.ts';

/** The long ones: every experiment, the wrong runbooks, the crashes. Minutes, so not part of npm test. Two at a time: a run mostly waits. */
export default defineConfig({
  test: {
    name: 'proofs',
    include: ['test/proofs/*.test.ts', ...longRooms],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 300_000,
  },
});
