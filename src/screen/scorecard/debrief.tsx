/**
 * The questions to talk about, one after the other, with a line for what was said. Each answer is kept when it is given, so
 * that closing the terminal halfway loses nothing; who wants to say nothing presses Enter.
 */
import { Box } from 'ink';
import { useState, type ReactElement } from 'react';
import type { DebriefAnswer } from '../ipc.ts';
import { bodyRows, Frame, type Size } from '../kit/frame.tsx';
import { InputLine, useLineKeys } from '../kit/input-line.tsx';
import { emptyLine, withText, type LineEditor } from '../kit/line-editor.ts';
import type { LineContent } from '../kit/line.tsx';
import { Panel, panelTextHeight, panelTextWidth } from '../kit/panel.tsx';
import { wrapCells } from '../wrap-cells.ts';

type DebriefProps = {
  /** Never empty. */
  readonly questions: readonly string[];
  /** Those given before. */
  readonly answers: readonly DebriefAnswer[];
  readonly size: Size;
  /** All so far, in the order of the questions; a question without an answer is not among them. */
  readonly onAnswers: (answers: readonly DebriefAnswer[]) => void;
  readonly onBack: () => void;
};

export const Debrief = ({ questions, answers, size, onAnswers, onBack }: DebriefProps): ReactElement => {
  const said = (index: number): string => answers.find(({ question }) => question === questions[index])?.answer ?? '';
  const [at, setAt] = useState(0);
  const [line, setLine] = useState<LineEditor>(() => withText(emptyLine, said(0)));
  const goTo = (index: number): void => {
    setAt(index);
    setLine(withText(emptyLine, said(index)));
  };
  const keep = (): void => {
    const given = questions.flatMap((question, index) => {
      const answer = index === at ? line.text.trim() : said(index);
      return answer === '' ? [] : [{ question, answer }];
    });
    onAnswers(given);
  };
  useLineKeys({
    onEdit: (edit) => setLine(edit),
    onKey: (_, key) => {
      if (key.escape) {
        keep();
        onBack();
      } else if (key.return || (key.tab && !key.shift)) {
        keep();
        if (at + 1 < questions.length) goTo(at + 1);
        else onBack();
      } else if (key.tab) {
        keep();
        if (at > 0) goTo(at - 1);
      } else return false;
      return true;
    },
  });

  const height = bodyRows(size) - 1;
  const width = panelTextWidth(size.columns);
  const shown = questions.flatMap((question, index): readonly LineContent[] => [
    ...wrapCells(`${index + 1}  ${question}`, width).map((text) => [{ text, bold: index === at }]),
    ...(index !== at && said(index) !== '' ? wrapCells(`   ${said(index)}`, width) : []),
    '',
  ]);
  const before = questions
    .slice(0, at)
    .flatMap((question, index) => [...wrapCells(question, width), ...wrapCells(said(index), width), '']).length;
  // The question that is being answered stays in sight, however much was said before it.
  const from = Math.max(0, Math.min(before, shown.length - panelTextHeight(height)));
  const keys = [
    { key: 'Enter', does: at + 1 < questions.length ? 'keep, next' : 'keep, back' },
    { key: 'Shift-Tab', does: 'before' },
    { key: 'Esc', does: 'back' },
  ];
  return (
    <Frame size={size} header={[{ text: ' gameday', bold: true }, { text: '  debrief' }]} keys={keys}>
      <Panel
        title={`Question ${at + 1} of ${questions.length}`}
        width={size.columns}
        height={height}
        lines={shown.slice(from)}
        focused
      />
      <Box flexShrink={0}>
        <InputLine prompt=" > " line={line} width={size.columns} row={size.rows - 2} />
      </Box>
    </Frame>
  );
};
