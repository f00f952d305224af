/** The one question before a drill. Nothing is started before it is answered, and Esc answers nothing. */
import { Box, useInput } from 'ink';
import { useState, type ReactElement } from 'react';
import type { DrillMode } from '../../plan/plan.ts';
import type { Size } from '../kit/frame.tsx';
import { glyph, useLook } from '../kit/look.ts';
import { Panel } from '../kit/panel.tsx';

const modes = [
  {
    mode: 'training',
    words: ['hints are free, the original incident plays beside', 'you with its words, and there is no total'],
  },
  {
    mode: 'evaluation',
    words: ['hints cost points, of the original incident only', 'kinds and times are shown, the team is scored'],
  },
] as const satisfies readonly { readonly mode: DrillMode; readonly words: readonly string[] }[];

const firstWidth = 13;

type ModeDialogProps = {
  readonly title: string;
  readonly size: Size;
  readonly onMode: (mode: DrillMode) => void;
  readonly onBack: () => void;
};

export const ModeDialog = ({ title, size, onMode, onBack }: ModeDialogProps): ReactElement => {
  const look = useLook();
  const [chosen, setChosen] = useState<DrillMode>('training');
  useInput((input, key) => {
    if (key.escape || input === 'q') onBack();
    else if (key.return) onMode(chosen);
    else if (key.upArrow || key.downArrow || key.tab || input === 'j' || input === 'k')
      setChosen(chosen === 'training' ? 'evaluation' : 'training');
    else if (input === 't') onMode('training');
    else if (input === 'e') onMode('evaluation');
  });
  const lines = modes.flatMap(({ mode, words }) =>
    words.map((text, index) => {
      const head = index === 0 ? `${mode === chosen ? glyph('next', look) : ' '} ${mode}` : '';
      return [{ text: head.padEnd(firstWidth), bold: mode === chosen }, { text }];
    }),
  );
  const width = Math.min(68, size.columns);
  return (
    <Box width={size.columns} height={size.rows} alignItems="center" justifyContent="center">
      <Panel title={`Drill: ${title}`} width={width} height={lines.length + 2} lines={lines} focused />
    </Box>
  );
};
