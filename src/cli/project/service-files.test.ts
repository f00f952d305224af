/** What a project with a service of its own is told before anything is started. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { showProblems } from '../../errors.ts';
import type { GamedayError } from '../../errors.ts';
import type { Answers } from '../init/answers.ts';
import { newFiles } from '../init/files.ts';
import { planAll, type Planned } from './plans.ts';
import { openProject } from './project.ts';

const answers: Answers = {
  ...{ command: 'npm start', databaseUrlEnv: 'DATABASE_URL', portEnv: 'PORT', health: null, metrics: null },
  ...{ setup: [], routes: [{ method: 'GET', path: '/', body: undefined }] },
};

/** A project as `gameday init` makes one, with texts replaced. */
const planned = (...changes: (readonly [from: string, to: string])[]): Promise<readonly Planned[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-service-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const { file, text } of newFiles(answers)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(
      join(folder, file),
      changes.reduce((before, [from, to]) => before.replace(from, to), text),
    );
  }
  const options = { proof: 'single', speed: 30, seed: 1, runbook: null } as const;
  return planAll(openProject(folder, ''), ['connections-held'], options);
};

const problems = async (...changes: Parameters<typeof planned>): Promise<string> =>
  planned(...changes).then(
    () => '',
    (error: GamedayError) => showProblems(error.problems),
  );

test('a fault that only the built-in shop can have is refused by name, with those that remain', async () => {
  expect(await problems(['hold-connections: { count: 43 }', 'shrink-pool: { max: 2 }'])).toBe(`\
error: shrink-pool needs the built-in shop; the service of gameday.yaml is "npm start"
  at   experiments/connections-held.yaml:16:5
  try  use one of: lower-connection-limit, hold-connections, throttle-bandwidth, add-latency`);
});

test('files that are not there are named', async () => {
  const database = '  database:\n    setup: [{ sql: db/schema.sql }]\n  traffic:';
  expect(await problems(['  traffic:', database])).toBe(`\
error: service.database.setup is db/schema.sql; expected a file, relative to gameday.yaml
  at   gameday.yaml:3:1
  try  correct the path, or make db/schema.sql`);
  expect(await problems(['  traffic:', '  folder: server\n  traffic:'])).toContain(
    'error: service.folder is server; expected a folder, relative to gameday.yaml',
  );
});

test('a target of prometheus.yml that is nowhere in the replica is worth a warning', async () => {
  const [one] = await planned(["targets: ['load:8080']", "targets: ['shop-1:8080']"]);
  expect(one?.warnings).toEqual([
    {
      message: 'job "load" of monitoring/prometheus.yml scrapes shop-1:8080, which is nowhere in this replica',
      hint: 'use one of: service:8080, load:8080, postgres-exporter:9187',
    },
  ]);
});
