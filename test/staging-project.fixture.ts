/** Runs against a staging of the team's: a small experiment, what anybody can see of the servers, what was printed and what ran. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Staging } from '../src/environments/attached/staging.fixture.ts';
import { gameday, runsOf, scratchProject, type Gameday } from './gameday.fixture.ts';

/** @param tolerance The steady state, and what is healed. */
export const stagingExperiment = (fault: string, tolerance: string): string => `version: 1
title: On servers of our own
summary: What is broken there is not there afterwards.
service:
  instances: 1
  pool: { max: 2, acquireTimeout: 300ms, idleTimeout: 1s }
load: { arrivals: constant, rate: 10/s }
steadyState:
  - { name: the servers are well, sql: "${tolerance}" }
faults:
  - { at: 0s, ${fault} }
expect: {}
truth:
  components: [database]
  causes: [database/somebody-else]
  severity: SEV-3
  healed:
    - { sql: "${tolerance}" }
`;

/** A project with these experiments only, by name, and `gameday.yaml`. */
export const stagingProject = (experiments: Readonly<Record<string, string>>, settings: string): string => {
  const folder = scratchProject();
  rmSync(join(folder, 'experiments'), { recursive: true });
  mkdirSync(join(folder, 'experiments'));
  for (const [name, text] of Object.entries(experiments))
    writeFileSync(join(folder, 'experiments', `${name}.yaml`), text);
  writeFileSync(join(folder, 'gameday.yaml'), settings);
  return folder;
};

/** The servers as anybody can see them, without what comes and goes. */
export const seenOf = async (staging: Staging) => {
  const [server] = await staging.sql(`select
    (select json_agg(s order by name) from (select name, setting, source, sourcefile, pending_restart from pg_settings
      where source <> 'session' and name not in ('application_name', 'transaction_read_only')) s) as settings,
    encode(pg_read_binary_file('postgresql.auto.conf'), 'hex') as auto_conf,
    (select json_agg(r order by rolname) from pg_roles r) as roles,
    (select json_agg(d order by datname) from (select datname, datconnlimit, shobj_description(oid, 'pg_database') from pg_database) d) as databases,
    (select json_agg(l) from pg_locks l where locktype = 'advisory') as locks,
    (select json_agg(gid) from pg_prepared_xacts) as prepared,
    (select json_agg(application_name) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend') as sessions`);
  return { server, proxies: await (await fetch(`${staging.toxiproxy.url}/proxies`)).json() };
};

/** The journals of all its runs. */
export const journalOf = (folder: string): string =>
  runsOf(folder)
    .map((run) => readFileSync(join(folder, '.gameday/runs', run, 'journal.jsonl'), 'utf8'))
    .join('');

/** With what it said, so that a failure shows why. */
export const endOf = async (run: Gameday) => ({ code: await run.exited, said: run.stdout() + run.stderr() });

/** What `gameday env check --experiment` says that will be run there, in the words of `ranSince`. */
export const printedFor = async (folder: string, name: string, staging: Staging): Promise<ReadonlySet<string>> => {
  const check = gameday(folder, 'env', 'check', 'staging', '--experiment', name, '--json', staging.env);
  if ((await check.exited) !== 0) throw new Error(check.stdout() + check.stderr());
  const { environment } = JSON.parse(check.stdout()) as {
    environment: { experiments: { acts: { as: string; what: string }[] }[]; asked: string[] };
  };
  const acts = environment.experiments.flatMap((each) =>
    each.acts.map(({ what }) => what.replace(/ \(gameday canary.*$/, '')),
  );
  return new Set([...acts, ...environment.asked, 'BEGIN READ ONLY'].map(plain));
};

/** The statements of ours in the server's own log, from that many characters on. */
export const ranSince = (staging: Staging, since: number): readonly string[] =>
  [
    ...readFileSync(staging.logFile, 'utf8')
      .slice(since)
      .matchAll(/^(?:gameday|nightly-report).*\| LOG:\s+(?:statement|execute <unnamed>): (.*(?:\n\t.*)*)/gm),
  ].map(([, statement = '']) => plain(statement));

const plain = (text: string): string =>
  text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/'(?:nightly-report |gameday:)[^']*'|\$\d+/g, 'X')
    .replace(/= '[^']*'$/, '= X')
    .replace(/^(set \w+ = )\d+$/, '$1N')
    .replace(/^alter system set "\w+" = .*$/, 'alter system set … = … (each line of the old file)')
    .trim()
    .toLowerCase();
