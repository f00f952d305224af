/** A plan in words: read before a run, by the person who has to agree to it. */
import type { Spike } from '../documents/experiment.ts';
import { isOwnService, serviceWords } from '../documents/service-settings.ts';
import type { Plan, PlannedProbe } from '../plan/plan.ts';
import { formatDuration, ms } from '../units.ts';
import { originalWords } from './originals.ts';
import { oneLine, table } from './plain-text.ts';

export const planReport = (plan: Plan): string => {
  const { experiment, service, load, faults, alerts, runbook, reference } = plan;
  const section = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : ['', title, ...lines];
  return [
    `${oneLine(experiment.title)}  (${experiment.name})`,
    experiment.file,
    ...section('What runs', [
      ...(isOwnService(service)
        ? [
            `  ${oneLine(serviceWords(service, plan.environment))}`,
            `  ${load.ratePerSecond} requests a second: ${(load.routes ?? []).map(({ method, path }) => `${method} ${path}`).join(', ')}`,
          ]
        : [
            `  ${service.instances} instances of the service, each with a pool of ${service.pool.max}`,
            `  ${load.ratePerSecond} buyers a second`,
          ]),
      ...originalWords(plan).map((words) => `  ${words}`),
      ...markWords(plan),
      `  the alerting ${plan.speed} times as fast: what takes 30s in production takes ${formatDuration(ms(30_000 / plan.speed))} here`,
    ]),
    ...section(
      'What only looks like the cause',
      table(
        load.spikes.map((spike) => [
          `at ${formatDuration(spike.atMs)}`,
          `for ${formatDuration(spike.forMs)}`,
          spikeWords(spike),
          spike.why,
        ]),
      ),
    ),
    ...section('What stays in real time', table(plan.realTime.map(({ rule, reason }) => [rule, reason]))),
    ...section('What must hold before and after', table(plan.steadyState.map((probe) => [probe.name, bound(probe)]))),
    ...section(
      'What will be broken, and is undone whatever happens',
      table(faults.map(({ atMs, fault, description }) => [`at ${formatDuration(atMs)}`, fault, description])),
    ),
    ...section(
      'What must fire, reach its receiver and resolve',
      table(
        alerts.map(({ name, receiver, withinMs, resolvesWithinMs }) => [
          name,
          `to ${receiver}`,
          `within ${formatDuration(withinMs)}`,
          resolvesWithinMs === null ? 'not asked to resolve' : `over within ${formatDuration(resolvesWithinMs)}`,
        ]),
      ),
    ),
    ...section(
      'What may fire besides',
      plan.quiet.allow.length === 0 ? ['  nothing'] : [`  ${plan.quiet.allow.join(', ')}`],
    ),
    ...section(
      'Which runbook is followed',
      runbook === null
        ? ['  none']
        : [
            `  ${runbook.file ?? `the one behind the runbook_url of ${runbook.alert}`}; expected: ${runbook.verdict} within ${formatDuration(runbook.withinMs)}`,
          ],
    ),
    ...section(
      'What ends the run early',
      table(plan.abort.map(({ probe, forMs }) => [probe.name, `${bound(probe)} for ${formatDuration(forMs)}`])),
    ),
    ...section(
      'Compared with',
      reference === null
        ? []
        : [`  ${reference.postmortem}${reference.drifted ? '  (changed since its reference was reviewed)' : ''}`],
    ),
  ].join('\n');
};

/** How a page of the run is told from a real one; older plans do not say. */
const markWords = ({ environment, monitoring }: Plan): readonly string[] => {
  if (monitoring?.drillMark === undefined) return [];
  // Servers that are not ours run with their own files.
  if (environment === 'attached' || monitoring.drillMark === null) return ['  notifications are not marked as a drill'];
  const { label, value, prefix } = monitoring.drillMark;
  return [
    `  every notification is marked: label ${label}=${JSON.stringify(value)}, and "${oneLine(`${prefix}…`)}" before what people read`,
  ];
};

const spikeWords = (spike: Spike): string => {
  switch (spike.kind) {
    case 'buyers':
      return `${spike.times} times as many buyers`;
    case 'burst':
      return `${spike.ratePerSecond} pages a second for a robot at ${spike.addresses} ${spike.addresses === 1 ? 'address' : 'addresses'}`;
    case 'uploads':
      return `${spike.ratePerSecond} uploads a second, thumbnail workers busy`;
    default:
      return spike satisfies never;
  }
};

const bound = (probe: PlannedProbe): string =>
  probe.language === 'sql'
    ? 'true'
    : [
        probe.above === undefined ? [] : [`above ${probe.above}`],
        probe.below === undefined ? [] : [`below ${probe.below}`],
      ]
        .flat()
        .join(' and ');
