import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AlertExamination } from '../journal/alert-facts.ts';
import type { AlertExplanation, UnexpectedAlert } from '../verdicts/alerts/explanation.ts';
import { ms } from '../units.ts';
import { explanationsIn } from './alert-explanation-json.ts';
import { alertSection, explanationReport } from './alert-explanation-report.ts';

const late: AlertExplanation = {
  ...{ alert: 'DatabaseDown', labels: { severity: 'page' }, receiver: 'pager' },
  verdict: {
    outcome: 'fail',
    reason: 'late',
    detail: 'late: fired after 4.1 s, at 30x 2 min 3 s of 2 min',
    evidence: [],
  },
  steps: [
    { name: 'series', sinceFaultMs: -6_000, configured: null },
    { name: 'true', sinceFaultMs: 400, configured: { name: 'scrape_interval', writtenMs: 5_000 } },
    { name: 'pending', sinceFaultMs: 500, configured: { name: 'evaluation_interval', writtenMs: 5_000 } },
    { name: 'firing', sinceFaultMs: 4_100, configured: { name: 'for', writtenMs: 105_000 } },
    { name: 'sent', sinceFaultMs: 4_120, configured: null },
    { name: 'received', sinceFaultMs: 4_300, configured: { name: 'group_wait', writtenMs: 5_000 } },
  ],
  cause: {
    reason: 'too-slow',
    detail: 'most of the time passed until it fired: 3.6 s, at 30x 1 min 48 s (for 1 min 45 s)',
  },
  notes: [
    'scrapes of postgres (postgres-exporter:9187) failed from 0.1 s, at 30x 3 s after the fault, for 0.2 s, at 30x 6 s',
  ],
};
const well: AlertExplanation = {
  ...{ ...late, alert: 'Refused', cause: null, notes: [] },
  verdict: { outcome: 'pass', detail: '1.9 s, at 30x 57 s of 2 min; pager told after 2.0 s', evidence: [] },
};
const rule = { expr: 'pg_up == 0', conditions: [{ value: 'pg_up', op: '==', bound: 0, closest: null, held: true }] };
const unexpected: UnexpectedAlert = {
  ...{ alert: 'ShopSlow', trial: 'fault', labels: {}, sinceFaultMs: 2_000, value: 0.2512, forMs: ms(30_000) },
  examination: rule as unknown as AlertExamination,
};

test('a step is shown in both times, with what it took beside what is configured', () => {
  expect(explanationReport({ expected: [late], unexpected: [] }, 30)).toMatchInlineSnapshot(`
    "✘ FAIL  DatabaseDown {severity=page} to pager: late: fired after 4.1 s, at 30x 2 min 3 s of 2 min
      why   too-slow: most of the time passed until it fired: 3.6 s, at 30x 1 min 48 s (for 1 min 45 s)
      note  scrapes of postgres (postgres-exporter:9187) failed from 0.1 s, at 30x 3 s after the fault,
            for 0.2 s, at 30x 6 s
                      after the fault   yours at 30x      it took  configured
      series seen           before it
      condition true           +0.4 s           12 s         12 s  scrape_interval 5 s
      pending                  +0.5 s           15 s          3 s  evaluation_interval 5 s
      firing                   +4.1 s      2 min 3 s   1 min 48 s  for 1 min 45 s
      sent                     +4.1 s      2 min 4 s          1 s
      received                 +4.3 s      2 min 9 s          6 s  group_wait 5 s"
  `);
});

test('in real time there is one time only', () => {
  expect(explanationReport({ expected: [{ ...late, notes: [] }], unexpected: [] }, 1)).toMatchInlineSnapshot(`
    "✘ FAIL  DatabaseDown {severity=page} to pager: late: fired after 4.1 s, at 30x 2 min 3 s of 2 min
      why   too-slow: most of the time passed until it fired: 3.6 s, at 30x 1 min 48 s (for 1 min 45 s)
                      after the fault      it took  configured
      series seen           before it
      condition true           +0.4 s          1 s  scrape_interval 5 s
      pending                  +0.5 s          1 s  evaluation_interval 5 s
      firing                   +4.1 s          4 s  for 1 min 45 s
      sent                     +4.1 s          1 s
      received                 +4.3 s          1 s  group_wait 5 s"
  `);
});

test('below the checks what went well takes two lines, what did not is explained, and what nobody expected too', () => {
  const lines = alertSection(
    { expected: [well, { ...late, notes: [], steps: late.steps.slice(0, 1) }], unexpected: [unexpected] },
    30,
  );
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "  ✔ pass  Refused: pending 15 s (evaluation_interval 5 s), firing 2 min 3 s (for 1 min 45 s), pager
              told 2 min 9 s (group_wait 5 s)
      ✘ FAIL  DatabaseDown {severity=page} to pager
        why   too-slow: most of the time passed until it fired: 3.6 s, at 30x 1 min 48 s (for 1 min
              45 s)
        seen  its series, since before the fault
      ! unexpected  ShopSlow fired after 2.0 s, at 30x 1 min
        why   pg_up was 0.251, and == 0 is enough, for 30 s"
  `);
});

test.each<[string, Partial<UnexpectedAlert>, string]>([
  [
    'whose rule was not recorded',
    { examination: null },
    'its value was 0.251; the run did not record what its rule saw',
  ],
  ['without a value', { value: null }, 'pg_up held, and == 0 is enough, for 30 s'],
  [
    'that compares several',
    {
      examination: {
        conditions: [
          { value: 'a', op: '>', bound: 1, held: true, closest: { value: 2, atMs: ms(0), labels: {} } },
          { value: 'b', op: '>', bound: 1, held: false, closest: null },
        ],
      } as unknown as AlertExamination,
    },
    'a was 2, and > 1 is enough, for 30 s',
  ],
  [
    'that compares nothing',
    { forMs: 0, examination: { expr: 'vector(1)', conditions: [] } as unknown as AlertExamination },
    'vector(1) was 0.251',
  ],
])('an unexpected alert %s says what is known', (_, part, expected) => {
  const report = explanationReport({ expected: [], unexpected: [{ ...unexpected, ...part }] }, 30);
  expect(report.split('\n').at(-1)).toBe(`  why   ${expected}`);
});

test('no line is wider than 100 columns or draws on the terminal, whatever alerts and servers say', () => {
  const text = fc.string({ unit: 'binary', maxLength: 300 });
  fc.assert(
    fc.property(text, text, fc.dictionary(text, text, { maxKeys: 4 }), (name, words, labels) => {
      const expected = [
        { ...late, alert: name, labels, cause: { reason: 'blinded', detail: words }, notes: [words] } as const,
      ];
      const others = [{ ...unexpected, alert: name, labels }];
      for (const line of alertSection({ expected, unexpected: others }, 30)) {
        expect(Array.from(line).length).toBeLessThanOrEqual(100);
        // oxlint-disable-next-line no-control-regex -- what must not be there
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      }
    }),
    { numRuns: 50 },
  );
});

test('machines get the same facts', () => {
  expect(explanationsIn({ expected: [late], unexpected: [unexpected] })).toMatchObject({
    expected: [
      {
        ...{ alert: 'DatabaseDown', labels: { severity: 'page' }, receiver: 'pager', outcome: 'fail', reason: 'late' },
        ...{ cause: late.cause, notes: late.notes },
        steps: late.steps,
      },
    ],
    unexpected: [{ alert: 'ShopSlow', value: 0.2512, expr: 'pg_up == 0', forMs: 30_000 }],
  });
});
