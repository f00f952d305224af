/**
 * What a run showed, for a terminal: the thing one shows a colleague. The verdict stands at the top and at the bottom, and
 * if anything may still be broken, that stands before and after everything else.
 */
import { isOwnService } from '../documents/service-settings.ts';
import type { ExitName } from '../verdicts/exit.ts';
import type { Judgement } from '../verdicts/judgement.ts';
import { showMoment, showReal, showTeam, teamTime } from '../verdicts/durations.ts';
import { showShare } from '../verdicts/impact.ts';
import type { StepRecord } from '../verdicts/runbook/steps.ts';
import { alertSection } from './alert-explanation-report.ts';
import { originalWords } from './originals.ts';
import { bar, columns, cut, hanging, oneLine, outcomeWords, padEnd, padStart, table } from './plain-text.ts';
import { actionItemLines, readinessLines } from './readiness-report.ts';
import { residueLines } from './residue-lines.ts';

const headline = ({ exit }: Judgement): string => exit.name.toUpperCase().replace('-', ' ');

const titleLines = (judged: Judgement): readonly string[] => {
  const { plan, runId, startedAt, durationMs, postgresVersion } = judged;
  const { experiment, reference } = plan;
  const name = `gameday verify  ${experiment.name}`;
  const where = [
    plan.target === undefined ? plan.environment : `${plan.target.name} (${plan.target.address})`,
    ...(postgresVersion === null ? [] : [`PostgreSQL ${postgresVersion}`]),
    ...originalWords(plan),
    `${plan.load.ratePerSecond} ${isOwnService(plan.service) ? 'requests' : 'buyers'}/s`,
    `${plan.proof} proof at ${plan.speed}x`,
    `seed ${plan.seed}`,
  ];
  const facts: (readonly [string, string])[] = [
    ...(reference === null ? [] : [['replays', reference.postmortem] as const]),
    ...plan.faults.map((fault, index) => [index === 0 ? 'breaks' : '', fault.description] as const),
    ['in', where.join(', ')],
    ['run', `${runId}, ${startedAt}, took ${showReal(durationMs)}`],
  ];
  const drift = reference?.drifted === true ? ['  ! the postmortem has changed since its reading was reviewed'] : [];
  return [
    `${padEnd(cut(name, columns - 20), columns - 20)}${padStart(headline(judged), 20)}`,
    ...hanging('', experiment.title),
    '',
    ...table(facts),
    ...drift,
    '',
  ];
};

const checkLines = ({ checks }: Judgement): readonly string[] => [
  'CHECKS',
  ...table(checks.map(({ outcome, name, detail }) => [outcomeWords[outcome], name, detail])),
  '',
];

const alertLines = ({ alerts, plan }: Judgement): readonly string[] => {
  const lines = alertSection(alerts, plan.speed);
  return lines.length === 0 ? [] : ['ALERTS', ...lines, ''];
};

const timelineLines = ({ timeline, injectedMs, plan }: Judgement): readonly string[] => {
  if (timeline.length === 0) return [];
  const rows = timeline.map(({ atMs, text }) => {
    const since = injectedMs === null || atMs < injectedMs ? null : atMs - injectedMs;
    const cells = [
      padStart(showReal(atMs), 8),
      padStart(since === null ? '' : `+${showReal(since)}`, 8),
      ...(plan.speed === 1 ? [] : [padStart(since === null ? '' : showTeam(teamTime(since, plan.speed)), 13)]),
    ];
    // The indentation of a step under its runbook survives; everything else of foreign text does not.
    const indent = text.startsWith('  ') ? '  ' : '';
    return cut(`  ${cells.join('  ')}  ${indent}${oneLine(text)}`, columns);
  });
  const heads = [
    padStart('T+', 8),
    padStart('injected', 8),
    ...(plan.speed === 1 ? [] : [padStart(`yours at ${plan.speed}x`, 13)]),
  ];
  return ['TIMELINE', `  ${heads.join('  ')}`, ...rows, ''];
};

const impactLines = ({ impact }: Judgement): readonly string[] => {
  if (impact === null) return [];
  const { observed, postmortem, buyers, failed, tolerance } = impact;
  const line = (name: string, share: number, words: string): string =>
    `  ${padEnd(name, 11)}  ${bar(share)}  ${padStart(showShare(share), 5)}  ${words}`;
  return [
    'IMPACT',
    observed === null
      ? '  this replay  no buyer ended a visit'
      : line('this replay', observed, `${failed} of ${buyers} buyers failed`),
    line('postmortem', postmortem, `± ${Math.round(tolerance * 100)} counts as faithful`),
    '',
  ];
};

const stepWords = {
  passed: '✔ passed',
  failed: '✘ failed',
  errored: '✘ errored',
  'timed-out': '✘ timed out',
  blocked: '✘ blocked',
  cancelled: '· cancelled',
  unfinished: '· unfinished',
  'not-reached': '· not reached',
} as const satisfies Record<StepRecord['outcome'], string>;

const runbookLines = ({ runbook }: Judgement): readonly string[] => {
  if (runbook === null) return [];
  const { verdict, expected, detail, file, alert, claim, steps, proofs } = runbook;
  const met = verdict === expected ? 'as expected' : `expected ${expected}`;
  const passed = steps.filter(({ outcome }) => outcome === 'passed').length;
  return [
    `RUNBOOK  ${verdict}, ${met}`,
    ...hanging('  ', detail),
    ...(file === null
      ? []
      : hanging(
          '  ',
          `${file}, for ${alert}; it says ${claim ?? 'nothing'}; ${passed} of ${steps.length} steps passed`,
        )),
    ...table(
      steps.map(({ outcome, step, startedMs, detail: words }) => [
        stepWords[outcome],
        startedMs === null ? '' : showMoment(startedMs),
        step,
        words,
      ]),
      4,
    ),
    ...table(
      proofs.map(({ name, verdict: { outcome, detail: words } }) => [outcomeWords[outcome], `${name}: ${words}`]),
      4,
    ),
    '',
  ];
};

const notCheckedLines = ({ notChecked }: Judgement): readonly string[] =>
  notChecked.length === 0 ? [] : ['NOT CHECKED', ...table(notChecked.map(({ name, why }) => [`· ${name}`, why])), ''];

const observedLines = ({ plan }: Judgement): readonly string[] => {
  const { warmUpMs, baselineMs, impactMs, windowMs, healed, settleMs } = plan.observation;
  const kept =
    plan.realTime.length === 0 ? '' : `, but ${plan.realTime.map(({ rule }) => rule).join(', ')} in real time`;
  const rest = plan.speed === 1 ? 'nothing was sped up' : `everything else ran at ${plan.speed}x${kept}`;
  const real =
    `warm-up ${showTeam(warmUpMs)}, baseline ${showTeam(baselineMs)}, damage ${showTeam(impactMs)}, healed = ${healed.good} of ${healed.of} windows of ` +
    `${windowMs / 1_000} s good, settle ${showTeam(settleMs)}; ${rest}`;
  return [...hanging('observed for real  ', real), ''];
};

/** Of a run that did not come to its end there is a story to tell, and nothing to judge. */
const endedEarly: ReadonlySet<string> = new Set<ExitName>(['interrupted', 'terminated', 'timed-out', 'tool-failed']);

const findings = (judged: Judgement): readonly string[] => [
  ...impactLines(judged),
  ...runbookLines(judged),
  ...(judged.actionItems.length === 0 ? [] : ['ACTION ITEMS', ...actionItemLines(judged), '']),
  ...notCheckedLines(judged),
  ...readinessLines(judged),
  '',
  ...observedLines(judged),
];

/** @returns The whole report, ending in a line break; commands may be longer than 100 columns, nothing else is. */
export const verifyReport = (judged: Judgement): string => {
  const { exit, runId } = judged;
  const cutShort = endedEarly.has(exit.name);
  return [
    ...residueLines(judged),
    ...titleLines(judged),
    ...(cutShort ? [] : [...checkLines(judged), ...alertLines(judged)]),
    ...timelineLines(judged),
    ...(cutShort ? [] : findings(judged)),
    ...hanging(`${headline(judged)}  exit ${exit.code}: `, exit.why),
    ...(judged.residue.length === 0 ? [`next  gameday score ${runId}`] : []),
    '',
    ...residueLines(judged),
  ].join('\n');
};
