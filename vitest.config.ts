import { defineConfig } from 'vitest/config';

const common = { pool: 'forks', testTimeout: 120_000, hookTimeout: 60_000 } as const;

/** They hold no state, so their tests share a process; starting one for each file is half of what they cost. */
const pure = ['documents', 'drill', 'journal', 'plan', 'promql', 'reports', 'verdicts'].map(
  (room) => `src/${room}/**/*.test.ts`,
);
/** They start whole environments again and again, and belong to the proofs. */
export const longRooms = [
  'src/environments/embedded/originals.test.ts',
  'src/environments/own-service/own-service.test.ts',
  'test/env-replica.test.ts',
];
const verifications = ['test/runs/verify.test.ts'];

/**
 * First the rooms, three files at a time on two cores, because many wait. Then whole drills, two at a time; verifications last and
 * alone, because they measure time.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'pure rooms',
          include: pure,
          isolate: false,
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: 'rooms',
          include: ['src/**/*.test.{ts,tsx}', 'test/*.test.ts'],
          exclude: [...pure, ...longRooms],
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: 'runs',
          include: ['test/runs/*.test.ts'],
          exclude: verifications,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...common,
          name: 'verifications',
          include: verifications,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
