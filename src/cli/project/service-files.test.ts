/** What a project with a service of its own is told before anything is started. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { showProblems } from '../../errors.ts';
import type { GamedayError } from '../../errors.ts';
import type { Answers } from '../init/answers.ts';
import { newFiles } from '../init/files.ts';
import { planReport } from '../../reports/plan-report.ts';
import { planAll, type Planned } from './plans.ts';
import { openProject } from './project.ts';
import type { Replica } from './replica-kinds.ts';

const answers: Answers = {
  ...{
    command: 'npm start',
    image: null,
    databaseUrlEnv: 'DATABASE_URL',
    portEnv: 'PORT',
    health: null,
    metrics: null,
  },
  ...{ setup: [], routes: [{ method: 'GET', path: '/', body: undefined }] },
};

type Changes = readonly (readonly [from: string, to: string])[];

/** A project as `gameday init` makes one, with texts replaced. */
const plannedIn = (replica: Replica, changes: Changes): Promise<readonly Planned[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-service-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const { file, text } of newFiles(answers)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(
      join(folder, file),
      changes.reduce((before, [from, to]) => before.replace(from, to), text),
    );
  }
  const options = { proof: 'single', speed: 30, seed: 1, runbook: null, replica } as const;
  return planAll(openProject(folder, ''), ['connections-held'], options);
};

const planned = (...changes: Changes): Promise<readonly Planned[]> => plannedIn('embedded', changes);

const problemsIn = async (replica: Replica, ...changes: Changes): Promise<string> =>
  plannedIn(replica, changes).then(
    () => '',
    (error: GamedayError) => showProblems(error.problems),
  );

const problems = (...changes: Changes): Promise<string> => problemsIn('embedded', ...changes);

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

test('a command runs in the embedded replica, an image in the containers, and each is refused in the other', async () => {
  const toImage = ['command: npm start', 'image: shop-api:1'] as const;
  expect(await problemsIn('containers')).toBe(`\
error: the containers run images, and the service of gameday.yaml is only a command
  at   gameday.yaml:3:1
  try  write image: beside its command, such as image: shop-api:1; or leave --env containers out`);
  expect(await problemsIn('embedded', toImage)).toBe(`\
error: the embedded replica runs commands, and the service of gameday.yaml is only an image
  at   gameday.yaml:3:1
  try  add --env containers, or write environment: containers into gameday.yaml; or a command: beside its image`);
  const both = ['command: npm start', 'command: npm start\n  image: shop-api:1'] as const;
  for (const replica of ['containers', 'embedded'] as const) expect(await problemsIn(replica, both)).toBe('');
  const [one] = await plannedIn('containers', [toImage]);
  expect(one?.plan).toMatchObject({ environment: 'containers', service: { image: { name: 'shop-api:1' } } });
  expect(planReport(one!.plan)).toContain('  shop-api:1\n  20 requests a second');
  // What only the built-in shop has is refused there, too.
  const shrunk = ['hold-connections: { count: 43 }', 'shrink-pool: { max: 2 }'] as const;
  expect(await problemsIn('containers', toImage, shrunk)).toContain('the service of gameday.yaml is "shop-api:1"');
});
