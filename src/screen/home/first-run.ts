/** What somebody reads who has never run anything here: what it will do, how to stop it, how to be rid of it. */
import type { HelpSection } from '../help.tsx';

export const whatItDoes: readonly HelpSection[] = [
  {
    heading: 'What this is',
    words: [
      'An outage that really happened is replayed in a small copy of the system: you are paged, find out what is wrong, ' +
        'mend it, and see how that compares to the postmortem.',
    ],
  },
  {
    heading: 'What it does to this machine',
    words: [
      'It starts a real PostgreSQL, a small shop, monitoring and buyers, as you, on free ports of 127.0.0.1 only, in a ' +
        'temporary folder that is gone afterwards. They take about 350 MB of memory.',
      'It breaks nothing but that copy, installs nothing and talks to no other machine.',
      'The record of each run stays in .gameday/runs, up to some 10 MB, readable by you only.',
    ],
  },
  {
    heading: 'How to stop',
    words: [
      'Ctrl-X in a drill, Ctrl-C elsewhere: what was broken is undone first. Were all of it killed, a watchdog undoes it.',
    ],
  },
  { heading: 'How to remove it', words: ['Delete .gameday and this folder. Nothing is kept anywhere else.'] },
];

export const homeKeys: readonly HelpSection[] = [
  {
    heading: 'Keys',
    keys: [
      { key: '↑ ↓  j k', does: 'choose an experiment; g the first, G the last' },
      { key: 'Enter', does: 'drill it: you are paged and fight the outage; asks whether to train or to be measured' },
      { key: 'v', does: 'verify it: nobody is there, the runbook itself responds; half a minute' },
      { key: 'h', does: 'history: the drills of this experiment that can be compared' },
      { key: '?', does: 'this help' },
      { key: 'q', does: 'quit' },
    ],
  },
  {
    heading: 'Training and evaluation',
    words: [
      'Training coaches: hints are free, the original incident plays beside you with its words, and there is no total.',
      'An evaluation measures: hints cost points, of the original incident only kinds and times are shown, and the team is scored.',
    ],
  },
];
