/** What is known of a target and what an experiment would do there, in words and as data. */
import type { Target } from '../../environments/attached/attached.ts';
import { capabilitiesOf } from '../../environments/attached/attached.ts';
import { shownLogin } from '../../environments/attached/address.ts';
import { canaryLimits, canaryName, canarySql } from '../../environments/attached/canary.ts';
import { footprintOf, type Act } from '../../environments/attached/footprint.ts';
import type { Problem } from '../../errors.ts';
import { hanging, oneLine, table } from '../../reports/plain-text.ts';
import { lockSql, othersSql } from '../../safety/target-lock.ts';
import { productionSigns } from '../../safety/guards.ts';
import { whyNotExpires } from '../../safety/guards-experiment.ts';
import { faults } from '../../faults/catalogue.ts';
import { limitsSql } from '../../run/trial.ts';
import { guarded } from './target.ts';
import type { Planned } from '../project/plans.ts';

type Experimented = Pick<Planned, 'plan' | 'experiment'>;

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', title, ...lines];

/** @param refused The rules that are broken, experiments included. */
export const targetReport = (target: Target, planned: readonly Experimented[], refused: readonly Problem[]): string => {
  const { name, settings, logins, inspection } = target;
  const { server, proxy, asked } = inspection;
  const way =
    proxy === null || proxy.listen.endsWith(`:${logins.service.port}`)
      ? []
      : [
          `  service logs in at port ${logins.service.port}, the proxy listens on ${proxy.listen}: whether it goes through it is not proven`,
        ];
  const used = Object.entries(logins).flatMap(([use, login]) => (login === null ? [] : [{ use, login }]));
  const signs = productionSigns(guarded(target));
  return [
    `${name}  attached`,
    ...section('Who logs in', table(used.map(({ use, login }) => [use, shownLogin(login), rightsOf(use, target)]))),
    ...section(
      'What stands there',
      table([
        ...(server === null
          ? []
          : ([
              [
                'PostgreSQL',
                server.version,
                `cluster ${server.cluster}${server.clusterName === '' ? '' : ` (${server.clusterName})`}`,
              ],
              ['connections', `${server.connections.used} in use`, connectionWords(server.connections)],
              [
                'marker',
                server.marker === null ? 'none' : server.marker.environment,
                server.marker === null ? `gameday env mark ${name}` : 'its owner has opted in',
              ],
              ['clock', `${server.clockAheadMs} ms`, 'ahead of this machine'],
            ] as const)),
        ...(proxy === null
          ? []
          : ([
              ['Toxiproxy', proxy.version, proxy.knowsTtl ? 'ends toxics by itself (ttl)' : 'knows no time to live'],
              [
                'proxy',
                settings.toxiproxy?.proxy ?? '',
                `${proxy.listen} → ${proxy.upstream}, ${proxy.toxics.length === 0 ? 'no toxics' : `toxics: ${proxy.toxics.join(', ')}`}`,
              ],
            ] as const)),
      ]),
    ),
    ...section('What is not proven', way),
    ...section('What can be done there', [`  ${capabilitiesOf(target).join(', ') || 'nothing'}`]),
    ...section(
      'What looks like production',
      signs.map((sign) => `  ${sign}: a person has to type its name before each run`),
    ),
    ...planned.flatMap((each) => footprintLines(each, target)),
    ...section(
      `What was asked to find this out; ${server?.wroteNothing === true ? 'it wrote nothing: read-only, and no transaction id was assigned' : 'nothing of it writes'}`,
      asked.flatMap((each) => hanging('  ', each.replaceAll(/\s+/g, ' '))),
    ),
    ...section(
      'Which rules keep it out',
      refused.length === 0
        ? ['  none: experiments may run there']
        : table(refused.map(({ rule, message }) => [rule ?? '', message])),
    ),
  ].join('\n');
};

/** The same as data. */
export const targetJson = (target: Target, planned: readonly Experimented[], refused: readonly Problem[]): object => {
  const { url: _, ...operator } = target.logins.operator;
  const { asked, troubles, ...found } = target.inspection;
  return {
    name: target.name,
    kind: 'attached',
    operator,
    ...found,
    capabilities: capabilitiesOf(target),
    productionSigns: productionSigns(guarded(target)),
    experiments: planned.map((each) => ({ name: each.experiment.name, acts: actsOf(each, target) })),
    asked,
    troubles,
    refused,
  };
};

const rightsOf = (use: string, { inspection: { server } }: Target): string => {
  if (server === null) return 'not seen';
  if (use === 'operator') {
    const { superuser, monitors, endsSessions, reservedSlots } = server.operator;
    if (superuser) return 'superuser';
    return (
      [
        ...(monitors ? ['pg_monitor'] : []),
        ...(endsSessions ? ['pg_signal_backend'] : []),
        ...(reservedSlots ? ['reserved slots'] : []),
        ...(server.operator.seesFiles ? ['settings files'] : []),
      ].join(', ') || 'no rights: it sees only itself'
    );
  }
  return use === 'neighbour' && server.neighbour?.superuser === true ? 'superuser' : 'logs in, same server';
};

const connectionWords = ({
  max,
  reserved,
  usedByOthers,
}: {
  max: number;
  reserved: number;
  usedByOthers: number;
}): string => `of ${max}, ${reserved} reserved; ${usedByOthers} by others than the service`;

const footprintLines = (each: Experimented, target: Target): readonly string[] => [
  ...section(
    `What ${each.experiment.name} would do there`,
    table(actsOf(each, target).map(({ when, as, what }) => [when, as, what])),
  ),
  ...section(
    'What ends by its undo alone',
    each.experiment.faults.flatMap(({ fault }) => {
      const { server, proxy } = target.inspection;
      const why = whyNotExpires(faults[fault]?.expires ?? 'never', server, proxy?.knowsTtl ?? false);
      return why === undefined ? [] : [`  ${oneLine(fault)}: ${why}; the lines "undo" above do it by hand`];
    }),
  ),
];

type Done = Omit<Act, 'when'> & { readonly when: Act['when'] | 'watch' };

/** In the order of a run. */
export const actsOf = ({ plan, experiment }: Experimented, target: Target): readonly Done[] => {
  const { operator, service } = target.logins;
  const watch = (what: string, as: string): Done => ({ when: 'watch', as, what });
  const touched = experiment.faults.map(({ fault, params }) => footprintOf(fault, params, target).acts);
  const { max } = canaryLimits(plan.service).pool;
  return [
    ...[lockSql, othersSql, limitsSql].map((sql) => watch(sql, operator.role)),
    ...(target.settings.service === undefined
      ? [watch(`${canarySql} (${canaryName}, up to ${max} sessions)`, service.role)]
      : target.settings.service.urls.map((url) =>
          watch(`${plan.load.ratePerSecond} visits a second to ${url}`, 'buyer'),
        )),
    ...[...plan.steadyState, ...plan.truth.healed]
      .filter(({ language }) => language === 'sql')
      .map(({ written }) => watch(written, operator.role)),
    ...touched.flat().filter(({ when }) => when === 'inject'),
    ...touched
      .toReversed()
      .flat()
      .filter(({ when }) => when === 'undo'),
  ];
};
