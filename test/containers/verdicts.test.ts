/** The same outages before the real servers, in containers: the same verdicts, in the same order. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeJournal } from '../../src/journal/codec.ts';
import { proven, runsOf, scratchProject, type Report } from '../gameday.fixture.ts';
import { alertMoments, disorder } from '../peers/alert-order.ts';
import { inDocker, skipped, withoutDocker } from './docker.fixture.ts';

const verified = async (experiment: string, ...options: readonly string[]) => {
  const folder = scratchProject();
  const run = await proven(folder, 'verify', experiment, '--json', ...options);
  const code = await run.exited;
  const [judged] = (JSON.parse(run.stdout()) as Report).runs;
  const runId = runsOf(folder).at(-1) ?? '';
  const runFolder = join(folder, '.gameday/runs', runId);
  const { events } = decodeJournal(readFileSync(join(runFolder, 'journal.jsonl'), 'utf8'));
  return {
    ...{ folder, runFolder, runId, events, code },
    open: judged?.checks.filter(({ outcome }) => outcome !== 'pass'),
    checks: judged?.checks.map(({ name, outcome }) => `${outcome} ${name}`),
    verdict: judged?.runbook?.verdict,
  };
};

test.skipIf(withoutDocker)(
  `web-stack-outage has the same verdicts and the same order of events as in the embedded replica${skipped}`,
  async () => {
    const containers = await verified('web-stack-outage', '--env', 'containers');
    expect(containers.open).toEqual([]);
    expect(containers).toMatchObject({ code: 0, verdict: 'fixed' });
    expect(inDocker(containers.runId)).toEqual([]);
    const logs = ['postgres', 'shop-1', 'access-shop-1', 'shop-2', 'access-shop-2', 'prometheus', 'fault-proxy'];
    for (const log of logs)
      expect(readFileSync(join(containers.runFolder, 'fault', `${log}.log`), 'utf8')).not.toBe('');

    const embedded = await verified('web-stack-outage');
    expect(containers.checks).toEqual(embedded.checks);
    expect(disorder(alertMoments(embedded.events), alertMoments(containers.events))).toEqual([]);

    // The samples of the real server serve to try other rules on, as those of the stand-in do.
    const rules = join(containers.folder, 'monitoring/alerts.yml');
    const backtest = await proven(containers.folder, 'rules', 'backtest', containers.runId, '--rules', rules);
    expect(await backtest.exited).toBe(0);
  },
);

test.skipIf(withoutDocker).each([
  ['pool-undersized', 'fixed'],
  ['connections-held', 'fixed'],
  ['database-throttled', 'mitigated'],
])(`%s ends in containers as expected: %s${skipped}`, async (experiment, verdict) => {
  const run = await verified(experiment, '--env', 'containers');
  expect(run.open).toEqual([]);
  expect(run).toMatchObject({ code: 0, verdict });
  expect(inDocker(run.runId)).toEqual([]);
});
