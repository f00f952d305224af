import { expect, test } from 'vitest';
import { judgement } from '../verdicts/judgement.ts';
import { changing, sampleRun, withMore, without } from '../verdicts/journal.fixture.ts';
import { samplePlan } from '../verdicts/sample-plan.fixture.ts';
import { escapeXml, junit } from './junit.ts';

const caseOf = (xml: string, name: string): string =>
  xml
    .split('\n')
    .find((line) => line.includes(`name="${name}"`))
    ?.trim() ?? 'no such case';

test('a check that passed, one that failed, and one that was not checked', () => {
  const xml = junit([judgement(sampleRun({ story: { wellMs: Infinity } }))]);
  expect(xml).toContain(
    '<testsuite name="web-stack-outage" tests="12" failures="1" errors="0" skipped="4" time="40.500" timestamp="2026-11-22T10:00:00.000Z">',
  );
  expect(caseOf(xml, 'nothing else fires')).toBe(
    '<testcase classname="web-stack-outage" name="nothing else fires"><system-out>nothing else fired</system-out></testcase>',
  );
  expect(caseOf(xml, 'runbook')).toMatch(
    /<failure type="false-success" message="false-success, not fixed: the runbook said ok at T\+12\.9 s; &quot;max_connections/,
  );
  expect(caseOf(xml, 'ShopErrorRateHigh resolves')).toContain(
    '<skipped message="not checked: the service was not healed"/>',
  );
});

test('what is inconclusive is an error, not a failure of the system', () => {
  const xml = junit([judgement(sampleRun({ story: { failing: 0.55 } }))]);
  expect(caseOf(xml, 'impact as in the postmortem')).toContain('<error type="not-faithful"');
});

test('a run that failed has a case of its own', () => {
  const xml = junit([
    judgement(sampleRun({ entries: withMore([20_000, { type: 'run.failed', reason: 'PostgreSQL was lost' }]) })),
  ]);
  expect(caseOf(xml, 'the run')).toContain('<error type="tool-failed" message="PostgreSQL was lost">');
});

test('a fault that may still be active is the first case', () => {
  const xml = junit([judgement(sampleRun({ entries: without('fault.verified') }))]);
  expect(xml.split('\n')[3]).toContain('name="undone: max_connections lowered to 14"><error type="residue"');
});

test('several runs are several suites, counted together', () => {
  const xml = junit([judgement(sampleRun()), judgement(sampleRun({ story: { wellMs: Infinity } }))]);
  expect(xml).toContain('<testsuites name="gameday verify" tests="24" failures="1" errors="0" skipped="6">');
  expect(xml.match(/<testsuite /g)).toHaveLength(2);
});

test('text that XML cannot hold is replaced, and the rest escaped', () => {
  expect(escapeXml('a\u0000b\u001b<&>"\'\n\ud800\uffff😀')).toBe(
    'a\ufffdb\ufffd&lt;&amp;&gt;&quot;&apos;&#10;\ufffd\ufffd😀',
  );
});

test('a report stays well-formed whatever the system says', () => {
  const evil = ']]></testcase>\u0000<x a="';
  const xml = junit([
    judgement(
      sampleRun({
        plan: { experiment: { ...samplePlan.experiment, name: evil } },
        entries: changing('alert.delivered', (fact) => ({ ...fact, receiver: evil })),
      }),
    ),
  ]);
  expect(xml).not.toContain(evil);
  expect(xml.match(/<testcase /g)?.length).toBe(xml.match(/<\/testcase>/g)?.length);
});

test('no score of people is in it', () => {
  expect(junit([judgement(sampleRun())])).not.toMatch(/TEAM|READINESS/);
});

test('an alert tells in its case why it came or did not, and the quiet check what made others fire', () => {
  const fired = { type: 'alert.fired', alert: 'DatabaseDown', labels: {}, value: 0 } as const;
  const late = { firesMs: 14_000, runbookMs: 15_000, wellMs: 20_000 };
  const xml = junit([judgement(sampleRun({ story: late, entries: withMore([9_000, fired]) }))]);
  expect(caseOf(xml, 'ShopErrorRateHigh fires')).toMatch(
    /<failure type="late" .*journal events [\d, ]+&#10; {2}why {3}too-slow: most of the time passed until its condition was true: .*&#10; {2}firing {19}\+6\.0 s/,
  );
  expect(caseOf(xml, 'nothing else fires')).toContain(
    '&#10;! unexpected  DatabaseDown fired after 1.1 s, at 30x 33 s&#10;  why   its value was 0; the run did not record what its rule saw</failure>',
  );
});
