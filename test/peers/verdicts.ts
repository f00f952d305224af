/**
 * The verdict must not depend on the stand-in: the same experiments with the built-in Prometheus and with a real one have
 * to end in the same verdicts, with the same alerts in the same order.
 *
 *     node test/peers/verdicts.ts FOLDER [EXPERIMENT...]     with prometheus in it, and toxiproxy-server where there is one
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { decodeJournal } from '../../src/journal/codec.ts';
import type { Report } from '../gameday.fixture.ts';
import { alertMoments, disorder, type AlertMoment } from './alert-order.ts';

const [, , binaries = '', ...named] = process.argv;
const experiments = named.length === 0 ? ['web-stack-outage', 'database-throttled'] : named;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const programs = Object.entries({ '--prometheus': 'prometheus', '--toxiproxy': 'toxiproxy-server' })
  .map(([option, program]) => [option, join(binaries, program)] as const)
  .filter(([, program]) => binaries !== '' && existsSync(program));
if (programs.length === 0) {
  say(`skipped: ${binaries === '' ? 'no folder of real servers is named' : `no real server is in ${binaries}`}`);
  process.exit(0);
}

const root = resolve(import.meta.dirname, '../..');
await using scope = new AsyncDisposableStack();
const project = mkdtempSync(join(tmpdir(), 'gd-verdicts-'));
scope.defer(() => rmSync(project, { recursive: true, force: true }));
for (const part of ['experiments', 'runbooks', 'monitoring', 'postmortems'])
  cpSync(join(root, part), join(project, part), { recursive: true });

type Outcome = {
  readonly verdict: string;
  readonly checks: readonly string[];
  readonly alerts: readonly AlertMoment[];
};

const verify = async (experiment: string, ...options: readonly string[]): Promise<Outcome> => {
  const command = [join(root, 'dist/cli/main.js'), '-C', project, 'verify', experiment, '--json', '--quiet'];
  const child = spawn(process.execPath, [...command, ...options], {
    env: { ...process.env, GAMEDAY_HOME: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  const { runs } = JSON.parse(printed) as Report;
  const runId = readdirSync(join(project, '.gameday/runs')).toSorted().at(-1) ?? '';
  const { events } = decodeJournal(readFileSync(join(project, '.gameday/runs', runId, 'journal.jsonl'), 'utf8'));
  return {
    verdict: `exit ${code}, runbook ${runs[0]?.runbook?.verdict}`,
    checks: runs[0]?.checks.map(({ name, outcome }) => `${outcome} ${name}`) ?? [],
    alerts: alertMoments(events),
  };
};

let differ = 0;
for (const experiment of experiments) {
  const standIn = await verify(experiment);
  const original = await verify(experiment, ...programs.flat());
  const same = [standIn.verdict, ...standIn.checks].join('\n') === [original.verdict, ...original.checks].join('\n');
  const apart = disorder(standIn.alerts, original.alerts);
  differ += Number(!same) + apart.length;
  say(
    `${same ? ' ' : '✖'} ${experiment}: ${standIn.verdict}; with ${programs.map(([, program]) => program).join(', ')}: ${original.verdict}`,
  );
  if (!same) {
    for (const check of standIn.checks.filter((each) => !original.checks.includes(each))) say(`    stand-in  ${check}`);
    for (const check of original.checks.filter((each) => !standIn.checks.includes(each))) say(`    original  ${check}`);
  }
  for (const words of apart) say(`✖   ${words}`);
  if (apart.length === 0) say(`    ${standIn.alerts.map(({ what }) => what).join(', ')}`);
}
say(`${experiments.length} experiments compared, ${differ} differences`);
process.exitCode = differ === 0 ? 0 : 1;
