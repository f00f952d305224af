import { defineConfig } from 'vitest/config';
import { longestFirst } from './test/longest-first.ts';
import { longRooms } from './vitest.config.ts';

/** The long ones: every experiment, the wrong runbooks, the crashes. Minutes, so not part of npm test. Three at a time: a run mostly waits. */
export default defineConfig({
  test: {
    name: 'proofs',
    include: ['test/proofs/*.test.ts', ...longRooms],
    sequence: { sequencer: longestFirst(/\/(?:runbooks|crashes|(?:original-)?experiments|own-service)\.test\.ts$/) },
    pool: 'forks',
    maxWorkers: 3,
    testTimeout: 300_000,
  },
});
