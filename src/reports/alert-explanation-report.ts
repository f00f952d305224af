/**
 * Why did it (not) page? Step by step with the times, and beside them the delays that the team has configured, all in both
 * clocks; one or two lines where it came as it should.
 */
import type { ConditionFacts } from '../journal/alert-facts.ts';
import type { ChainStep, ConfiguredDelay } from '../verdicts/alerts/chain.ts';
import { tookMs } from '../verdicts/alerts/delivery-cause.ts';
import type { AlertExplanation, AlertExplanations, UnexpectedAlert } from '../verdicts/alerts/explanation.ts';
import { showValue } from '../verdicts/alerts/alerts.ts';
import { showDelay, showReal, showTeam, teamTime } from '../verdicts/durations.ts';
import { columns, hanging, oneLine, outcomeWords, padEnd, padStart } from './plain-text.ts';

export const stepWords = {
  series: 'series seen',
  true: 'condition true',
  pending: 'pending',
  firing: 'firing',
  sent: 'sent',
  received: 'received',
  resolved: 'resolved',
} as const satisfies Record<ChainStep['name'], string>;

export const showLabels = (labels: Readonly<Record<string, string>>): string => {
  const shown = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return shown.length === 0 ? '' : ` {${shown.join(', ')}}`;
};

const configuredWords = ({ name, writtenMs }: ConfiguredDelay): string => `${name} ${showTeam(writtenMs)}`;

const nameOf = ({ alert, labels, receiver }: AlertExplanation): string =>
  `${alert}${showLabels(labels)} to ${receiver}`;

/** Everything about one alert but its verdict. */
export const explanationLines = (explained: AlertExplanation, speed: number, width = columns): readonly string[] => {
  const { cause, notes } = explained;
  return [
    ...(cause === null ? [] : hanging('  why   ', `${cause.reason}: ${cause.detail}`, width)),
    ...notes.flatMap((note) => hanging('  note  ', note, width)),
    ...stepLines(explained, speed),
  ];
};

const stepLines = ({ steps }: AlertExplanation, speed: number): readonly string[] => {
  const [first, ...others] = steps;
  if (first === undefined) return [];
  if (others.length === 0 && first.sinceFaultMs < 0) return [`  seen  its series, since before the fault`];
  const row = (name: string, since: string, team: string, took: string, configured: string): string =>
    [
      `  ${padEnd(name, 15)}`,
      padStart(since, 16),
      ...(speed === 1 ? [] : [padStart(team, 15)]),
      padStart(took, 13),
      `  ${configured}`,
    ]
      .join('')
      .trimEnd();
  return [
    row('', 'after the fault', `yours at ${speed}x`, 'it took', 'configured'),
    ...steps.map((step, index) => {
      const { name, sinceFaultMs, configured } = step;
      const words = configured === null ? '' : configuredWords(configured);
      if (sinceFaultMs < 0) return row(stepWords[name], 'before it', '', '', words);
      const took = showTeam(teamTime(Math.max(0, tookMs(steps, index)), speed));
      return row(stepWords[name], `+${showReal(sinceFaultMs)}`, showTeam(teamTime(sinceFaultMs, speed)), took, words);
    }),
  ];
};

/** The way of an alert that came as it should, in the team's own time. */
export const briefly = ({ steps, receiver }: AlertExplanation, speed: number): string =>
  steps
    .filter(({ name }) => name !== 'series' && name !== 'true' && name !== 'sent')
    .map(({ name, sinceFaultMs, configured }) => {
      const since = showTeam(teamTime(Math.max(0, sinceFaultMs), speed));
      const words = configured === null ? '' : ` (${configuredWords(configured)})`;
      return `${name === 'received' ? `${receiver} told` : stepWords[name]} ${since}${words}`;
    })
    .join(', ');

/** What made an alert fire that nobody expected. */
export const unexpectedLines = (unexpected: UnexpectedAlert, speed: number, width = columns): readonly string[] => [
  ...hanging(
    '! unexpected  ',
    `${unexpected.alert}${showLabels(unexpected.labels)} fired after ${showDelay(unexpected.sinceFaultMs, speed)}`,
    width,
  ),
  ...hanging('  why   ', triggerWords(unexpected), width),
];

const triggerWords = ({ value, forMs, examination }: UnexpectedAlert): string => {
  const was = value === null ? '' : ` was ${showValue(value)}`;
  if (examination === null)
    return `its value${was === '' ? ' is not known' : was}; the run did not record what its rule saw`;
  const { conditions, expr } = examination;
  const [only, ...others] = conditions;
  const lasted = forMs === null || forMs === 0 ? '' : `, for ${showTeam(forMs)}`;
  if (only === undefined) return `${oneLine(expr)}${was}${lasted}`;
  // The value of an alert is that of the left side, and so of a single comparison.
  if (others.length === 0)
    return `${only.value}${was === '' ? ' held' : was}, and ${only.op} ${showValue(only.bound)} is enough${lasted}`;
  return `${conditions
    .filter(({ held }) => held)
    .map(conditionWords)
    .join('; ')}${lasted}`;
};

const conditionWords = ({ value, op, bound, closest }: ConditionFacts): string =>
  `${value}${closest === null ? '' : ` was ${showValue(closest.value)}`}, and ${op} ${showValue(bound)} is enough`;

/** `gameday alerts explain`. */
export const explanationReport = ({ expected, unexpected }: AlertExplanations, speed: number): string =>
  [
    ...expected.map((each) => [
      ...hanging(`${outcomeWords[each.verdict.outcome]}  `, `${nameOf(each)}: ${each.verdict.detail}`),
      ...explanationLines(each, speed),
    ]),
    ...unexpected.map((each) => unexpectedLines(each, speed)),
  ]
    .map((lines) => lines.join('\n'))
    .join('\n\n');

/** Below the checks, which have said the verdicts: briefly what went well, in full what did not. */
export const alertSection = ({ expected, unexpected }: AlertExplanations, speed: number): readonly string[] => {
  const width = columns - 2;
  return [
    ...expected.flatMap((each) => {
      const sign = `${outcomeWords[each.verdict.outcome]}  `;
      return each.verdict.outcome === 'pass'
        ? hanging(sign, `${each.alert}: ${briefly(each, speed)}`, width)
        : [...hanging(sign, nameOf(each), width), ...explanationLines(each, speed, width)];
    }),
    ...unexpected.flatMap((each) => unexpectedLines(each, speed, width)),
  ].map((line) => `  ${line}`);
};
