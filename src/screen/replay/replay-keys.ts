/** What can be pressed in a replay. */
import type { HelpSection } from '../help.tsx';
import type { KeyHint } from '../kit/footer.tsx';

/** Those that fit on the smallest screen; the help has all. */
export const replayKeys: readonly KeyHint[] = [
  { key: 'Space', does: 'pause' },
  { key: '←→', does: '30 s' },
  { key: '+-', does: 'speed' },
  { key: 'Tab', does: 'panel' },
  { key: '?', does: 'help' },
  { key: 'q', does: 'quit' },
];

export const replayHelp: readonly HelpSection[] = [
  {
    heading: 'Keys',
    keys: [
      { key: 'Space', does: 'pause and go on; at the end, begin again' },
      { key: '← →', does: '30 seconds back and forth' },
      { key: '+ -', does: 'faster and slower' },
      { key: '1 … 9', does: 'to the first, second … ninth tenth of the run' },
      { key: 'g G', does: 'to the beginning, to the end' },
      { key: 'Tab', does: 'next panel' },
      { key: 'q  Esc', does: 'quit' },
    ],
  },
  {
    heading: 'What is shown',
    words: [
      'The screen as it was, with what the team could not see: what was broken, and when the service was well again.',
      'T+ counts from detection, which the line at the bottom marks. The speed is only how fast the journal is shown.',
    ],
  },
];
