/** One alert of the sample run, what the servers said of it, and how it is explained. */
import type { AlertExamination } from '../../journal/alert-facts.ts';
import { ms, seconds } from '../../units.ts';
import { alertExplanations } from './explanation.ts';
import { sampleRun, withMore, type Entry, type Story } from '../journal.fixture.ts';
import { samplePlan } from '../sample-plan.fixture.ts';

export const alert = 'DatabaseConnectionsRefused';
export const labels = { severity: 'page' };
/** As it is sent: with what is added on the way. */
export const sentLabels = { ...labels, gameday: 'drill' };
export const group = '{}:{alertname="DatabaseConnectionsRefused"}';

export const seen: AlertExamination = {
  ...{ expr: 'refused > 0.5', error: '', scrapeMs: ms(167), evaluationMs: ms(167), forMs: seconds(2) },
  seriesFirstMs: seconds(2),
  ...{ missing: [], stretches: [], targets: [] },
  conditions: [
    { value: 'refused', op: '>', bound: 0.5, held: false, closest: { value: 0.42, atMs: ms(9_000), labels: {} } },
  ],
  routes: [
    { receiver: 'pager', by: ['webhook to pager:9095'], group, groupWaitMs: ms(167), groupIntervalMs: ms(10_000) },
  ],
};

export const examined = (part: Partial<AlertExamination> = {}): Entry => [
  40_000,
  { type: 'alert.examined', alert, wanted: labels, examination: { ...seen, ...part } },
];

export const explain = (
  more: readonly Entry[],
  story: Partial<Story> = {},
  entries: (all: readonly Entry[]) => readonly Entry[] = (all) => all,
) => {
  const monitoring = { metrics: 'postgres_exporter', prometheus: 3 } as const;
  const mark = { label: 'gameday', value: 'drill', prefix: '(DRILL) ' };
  const plan = { ...samplePlan, monitoring: { ...monitoring, drillMark: mark } };
  const journal = sampleRun({ story, plan, entries: (all) => withMore(...more)(entries(all)) });
  const explanations = alertExplanations(journal, plan);
  const found = explanations.expected.find((each) => each.alert === alert);
  if (found === undefined) throw new Error('not explained');
  return { ...explanations, ...found, why: found.cause && `${found.cause.reason}: ${found.cause.detail}` };
};
