import { expect, test } from 'vitest';
import { judgement } from '../verdicts/judgement.ts';
import { sampleRun } from '../verdicts/journal.fixture.ts';
import { samplePlan } from '../verdicts/sample-plan.fixture.ts';
import { planReport } from './plan-report.ts';
import { verifyJson } from './verify-json.ts';
import { verifyReport } from './verify-report.ts';

const originals = { prometheus: '3.5.3', toxiproxy: '2.12.0' };
const words = 'monitoring by Prometheus 3.5.3';

test('a plan says which real servers take the place of stand-ins, and nothing where there are none', () => {
  expect(planReport({ ...samplePlan, originals })).toContain(
    `\n  ${words}\n  faults on the wire by Toxiproxy 2.12.0\n`,
  );
  expect(planReport(samplePlan)).not.toMatch(/Prometheus|Toxiproxy/);
});

test('so does the report of a run, for people and for machines, also of one from before there was a choice', () => {
  const [started, ...rest] = sampleRun();
  if (started?.type !== 'run.started') throw new Error('a journal begins with run.started');
  const judged = judgement([{ ...started, plan: { ...started.plan, originals } }, ...rest]);
  expect(verifyReport(judged).replaceAll(/\s+/g, ' ')).toContain(words);
  expect(JSON.parse(verifyJson([judged]))).toMatchObject({ runs: [{ environment: { originals } }] });
  const before = judgement(sampleRun());
  expect(verifyReport(before)).not.toMatch(/Prometheus|Toxiproxy/);
  expect(JSON.parse(verifyJson([before]))).toMatchObject({ runs: [{ environment: { originals: {} } }] });
});
