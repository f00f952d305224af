/**
 * The verdict must not depend on the stand-ins: the same experiments with the built-in servers and with real ones have
 * to end in the same verdicts, with the same alerts in the same order.
 *
 *     node test/peers/verdicts.ts FOLDER [EXPERIMENT...]     with prometheus in it, prometheus-alertmanager and toxiproxy-server
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
import { alertmanagerIn } from './alertmanager-program.ts';

const [, , binaries = '', ...named] = process.argv;
const experiments = named.length === 0 ? ['web-stack-outage', 'database-throttled'] : named;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const given = (option: string, program: string): readonly (readonly [string, string])[] =>
  binaries !== '' && existsSync(join(binaries, program)) ? [[option, resolve(binaries, program)]] : [];
const programs = [...given('--prometheus', 'prometheus'), ...given('--toxiproxy', 'toxiproxy-server')];
const alertmanagers = ['alertmanager', 'prometheus-alertmanager'].flatMap((name) => given('--alertmanager', name));
if (programs.length + alertmanagers.length === 0) {
  say(`skipped: ${binaries === '' ? 'no folder of real servers is named' : `no real server is in ${binaries}`}`);
  process.exit(0);
}

const root = resolve(import.meta.dirname, '../..');
await using scope = new AsyncDisposableStack();
const project = mkdtempSync(join(tmpdir(), 'gd-verdicts-'));
scope.defer(() => rmSync(project, { recursive: true, force: true }));
if (alertmanagers.length > 0) {
  const scratch = mkdtempSync(join(tmpdir(), 'gd-'));
  scope.defer(() => rmSync(scratch, { recursive: true, force: true }));
  programs.push(['--alertmanager', alertmanagerIn(resolve(binaries), scratch)]);
}
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
