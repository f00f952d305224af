/** A question with a few answers, one of them preselected: the one that changes nothing. */
import { Box, useInput } from 'ink';
import { useState, type ReactElement } from 'react';
import type { Size } from './frame.tsx';
import { glyph, useLook } from './look.ts';
import { Panel } from './panel.tsx';

export type Choice<Answer extends string> = { readonly answer: Answer; readonly words: string };

type ChoiceDialogProps<Answer extends string> = {
  readonly question: string;
  /** The first is preselected, and what Esc means. */
  readonly choices: readonly [Choice<Answer>, ...Choice<Answer>[]];
  readonly size: Size;
  readonly onAnswer: (answer: Answer) => void;
};

export const ChoiceDialog = <Answer extends string>(props: ChoiceDialogProps<Answer>): ReactElement => {
  const { question, choices, size, onAnswer } = props;
  const look = useLook();
  const [chosen, setChosen] = useState(0);
  useInput((_, key) => {
    if (key.escape) onAnswer(choices[0].answer);
    else if (key.return) onAnswer((choices[chosen] ?? choices[0]).answer);
    else if (key.upArrow || (key.tab && key.shift)) setChosen((chosen + choices.length - 1) % choices.length);
    else if (key.downArrow || key.tab) setChosen((chosen + 1) % choices.length);
  });
  const lines = choices.map(({ words }, index) => [
    { text: `${index === chosen ? glyph('next', look) : ' '} ${words}`, bold: index === chosen },
  ]);
  const width = Math.min(64, size.columns);
  return (
    <Box width={size.columns} height={size.rows} alignItems="center" justifyContent="center">
      <Panel title={question} width={width} height={choices.length + 2} lines={lines} focused />
    </Box>
  );
};
