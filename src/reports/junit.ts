/**
 * JUnit XML: a suite per experiment, a case per check. A `failure` is the system's, an `error` is ours or nobody's
 * (inconclusive, tool failed, residue), and what was not checked is `skipped`, never left out. No score of people is in it.
 */
import type { Check, Judgement } from '../verdicts/judgement.ts';
import { reasonIn } from '../verdicts/verdict.ts';
import { explanationLines, unexpectedLines } from './alert-explanation-report.ts';

/** XML 1.0 has no way to write these at all, not even escaped. */
// oxlint-disable-next-line no-control-regex -- they are what has to go
const illegal = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};

/** Safe inside an attribute and between tags. */
export const escapeXml = (text: string): string =>
  text.replace(illegal, '\uFFFD').replace(/[&<>"'\n\r\t]/g, (character) => entities[character] ?? character);

type Case = { readonly name: string; readonly body: string; readonly kind: 'pass' | 'failure' | 'error' | 'skipped' };

const element = (kind: 'failure' | 'error', type: string, message: string, text: string): string =>
  `<${kind} type="${escapeXml(type)}" message="${escapeXml(message)}">${escapeXml(text)}</${kind}>`;

const checkCase = (check: Check, explained: readonly string[]): Case => {
  const told = (text: string): string => [text, ...explained].join('\n');
  if (check.outcome === 'pass')
    return { name: check.name, kind: 'pass', body: `<system-out>${escapeXml(told(check.detail))}</system-out>` };
  const kind = check.outcome === 'fail' ? 'failure' : 'error';
  const evidence = told(`${check.detail}; evidence: journal events ${check.evidence.join(', ')}`);
  return { name: check.name, kind, body: element(kind, reasonIn(check) ?? check.outcome, check.detail, evidence) };
};

/** Why an alert came or did not, beside the check that asks for it. */
const explanationFor = (check: Check, { alerts, checks, plan }: Judgement): readonly string[] => {
  if (check.kind === 'quiet')
    return alerts.unexpected
      .filter(({ trial }) => trial === check.trial)
      .flatMap((each) => unexpectedLines(each, plan.speed));
  // One check for each expected alert, in their order.
  const explained = alerts.expected[checks.filter(({ kind }) => kind === 'alert').indexOf(check)];
  return explained === undefined ? [] : explanationLines(explained, plan.speed);
};

/** What no single check says: a fault left behind, or a run that did not get to its end. */
const runCases = ({ exit, residue }: Judgement): readonly Case[] => {
  const left = residue.map(({ fault, byHand }): Case => ({
    name: `undone: ${fault}`,
    kind: 'error',
    body: element('error', 'residue', 'a fault may still be active', byHand ?? fault),
  }));
  const told = exit.code === 0 || exit.code === 1 || exit.code === 4 || exit.code === 5;
  if (told) return left;
  return [...left, { name: 'the run', kind: 'error', body: element('error', exit.name, exit.why, exit.why) }];
};

const suite = (judged: Judgement): { readonly xml: string; readonly cases: readonly Case[] } => {
  const { plan, startedAt, durationMs } = judged;
  const cases: readonly Case[] = [
    ...runCases(judged),
    ...judged.checks.map((check) => checkCase(check, explanationFor(check, judged))),
    ...judged.notChecked.map(({ name, why }): Case => ({
      name,
      kind: 'skipped',
      body: `<skipped message="${escapeXml(`not checked: ${why}`)}"/>`,
    })),
  ];
  const name = escapeXml(plan.experiment.name);
  const lines = cases.map(
    (each) => `    <testcase classname="${name}" name="${escapeXml(each.name)}">${each.body}</testcase>`,
  );
  const head =
    `  <testsuite name="${name}" ${countsOf(cases)} time="${(durationMs / 1_000).toFixed(3)}" ` +
    `timestamp="${escapeXml(startedAt)}">`;
  return { cases, xml: [head, ...lines, '  </testsuite>'].join('\n') };
};

const countsOf = (cases: readonly Case[]): string => {
  const count = (kind: Case['kind']): number => cases.filter((each) => each.kind === kind).length;
  return `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`;
};

export const junit = (judged: readonly Judgement[]): string => {
  const suites = judged.map(suite);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="gameday verify" ${countsOf(suites.flatMap(({ cases }) => cases))}>`,
    ...suites.map(({ xml }) => xml),
    '</testsuites>',
    '',
  ].join('\n');
};
