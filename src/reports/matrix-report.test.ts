import { expect, test } from 'vitest';
import { matrixReport, type MatrixCell } from './matrix-report.ts';

const cells: readonly MatrixCell[] = [
  { runbook: 'refused.md', experiment: 'web-stack-outage', verdict: 'fixed', expected: 'fixed' },
  { runbook: 'refused.md', experiment: 'pool-undersized', verdict: 'ineffective', expected: null },
  { runbook: 'restart.md', experiment: 'web-stack-outage', verdict: 'false-success', expected: 'ineffective' },
];

test('rows are runbooks, columns experiments, and expectations are marked', () => {
  expect(matrixReport(cells).text).toBe(`runbook     web-stack-outage                  pool-undersized
──────────  ────────────────────────────────  ───────────────
refused.md  ✔ fixed                           ineffective
restart.md  ✘ false-success, not ineffective  –

✔ as expected   ✘ not as expected   without a sign: nobody said what to expect   –: not run
`);
});

test('the same table in Markdown', () => {
  expect(matrixReport(cells).markdown).toBe(`| runbook | web-stack-outage | pool-undersized |
| --- | --- | --- |
| refused.md | ✔ fixed | ineffective |
| restart.md | ✘ false-success, not ineffective | – |

✔ as expected   ✘ not as expected   without a sign: nobody said what to expect   –: not run
`);
});

test('a name cannot break the table', () => {
  const [cell] = matrixReport([{ ...cells[0]!, runbook: 'a|b\n<c>_d' }])
    .markdown.split('\n')
    .slice(2);
  expect(cell).toBe(String.raw`| a\|b \<c\>\_d | ✔ fixed |`);
});
