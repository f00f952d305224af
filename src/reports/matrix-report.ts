/**
 * Every runbook against every experiment: a good runbook fixes its own outage and does not claim success over another's.
 * Rows are runbooks, columns experiments, a cell is the runbook's verdict there.
 */
import type { RunbookVerdict } from '../documents/experiment.ts';
import { lengthOf, oneLine, padEnd } from './plain-text.ts';

export type MatrixCell = {
  readonly runbook: string;
  readonly experiment: string;
  readonly verdict: RunbookVerdict;
  /** What somebody said it should be; null where nobody did. */
  readonly expected: RunbookVerdict | null;
};

const words = ({ verdict, expected }: MatrixCell): string => {
  if (expected === null) return verdict;
  return verdict === expected ? `✔ ${verdict}` : `✘ ${verdict}, not ${expected}`;
};

const legend = '✔ as expected   ✘ not as expected   without a sign: nobody said what to expect   –: not run';

const grid = (cells: readonly MatrixCell[]) => {
  const experiments = [...new Set(cells.map(({ experiment }) => experiment))];
  const runbooks = [...new Set(cells.map(({ runbook }) => runbook))];
  const rows = runbooks.map((runbook) => [
    runbook,
    ...experiments.map((experiment) => {
      const cell = cells.find((each) => each.runbook === runbook && each.experiment === experiment);
      return cell === undefined ? '–' : words(cell);
    }),
  ]);
  return [['runbook', ...experiments], ...rows].map((row) => row.map(oneLine));
};

const textOf = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => lengthOf(row[index] ?? ''))));
  const lines = rows.map((row) =>
    row
      .map((cell, index) => padEnd(cell, widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const [head = '', ...body] = lines;
  return [head, widths.map((width) => '─'.repeat(width)).join('  '), ...body, '', legend, ''].join('\n');
};

const markdownOf = (rows: readonly (readonly string[])[]): string => {
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell) => cell.replace(/[\\|<>`*_]/g, String.raw`\$&`)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), `|${head.map(() => ' --- |').join('')}`, ...body.map(line), '', legend, ''].join('\n');
};

/** The same table for a terminal and for a pull request. */
export const matrixReport = (cells: readonly MatrixCell[]): { readonly text: string; readonly markdown: string } => {
  const rows = grid(cells);
  return { text: textOf(rows), markdown: markdownOf(rows) };
};
