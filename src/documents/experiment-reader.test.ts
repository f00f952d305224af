import { z } from 'zod';
import { describe, expect, test } from 'vitest';
import { showProblems } from '../errors.ts';
import type { Experiment } from './experiment.ts';
import { readExperiment } from './experiment-reader.ts';

const faults = {
  'lower-connection-limit': { params: z.object({ max_connections: z.int().min(1) }) },
  'add-latency': { params: z.strictObject({ by: z.string() }) },
};

const written = `version: 1
title: Outage
summary: Logins are refused.
postmortem: ../postmortems/outage.md
needs: [settings, restart-postgres]
service:
  instances: 2
  pool: { max: 20, acquireTimeout: 2s, idleTimeout: 0s }
  work: { browse: 80ms, checkout: 200ms }
load:
  arrivals: poisson
  rate: 60/s
  spikes:
    - { at: 20s, for: 20s, times: 1.4, why: red herring }
    - { at: 5s, for: 1m, burst: { rate: 12/s, addresses: 3 }, why: looks like an attack }
    - { at: 0s, for: 5m, uploads: { rate: 6/s }, why: a busy web host }
steadyState:
  - { name: buyers succeed, promql: 'sum(rate(failed[10s]))', below: 0.01 }
faults:
  - { at: 0s, lower-connection-limit: { max_connections: 14 } }
impact: { share: 0.75, of: buyers, tolerance: 0.15 }
expect:
  alerts:
    - { name: ErrorRateHigh, labels: { severity: page }, within: 2m, receiver: pager, resolvesWithin: 5m }
    - { name: Refused, within: 2m, receiver: pager, resolvesWithin: 5m }
  quiet: { allow: [Restarted] }
  runbook: { verdict: fixed, within: 10m }
abort:
  - { name: shop gone, promql: 'up{job="shop"}', below: 1, for: 20s }
truth:
  components: [database]
  causes: [database/connection-limit-too-low]
  severity: SEV-1
  healed:
    - { sql: "select true" }
    - { name: nobody waits, promql: waiting, below: 1 }
`;

const file = 'experiments/outage.yaml';
const readText = (text: string): Experiment => {
  const read = readExperiment({ file, text }, { faults });
  if (!read.ok) throw new Error(showProblems(read.problems));
  return read.value;
};
/** The problems as people see them, after one or more replacements in a good experiment. */
const problemsAfter = (...changes: readonly (readonly [string, string])[]): readonly string[] => {
  let text = written;
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`the experiment does not say ${from}`);
    text = text.replace(from, to);
  }
  const read = readExperiment({ file, text }, { faults });
  return read.ok ? [] : read.problems.map(({ message, at, hint }) => `${at?.line}:${at?.column} ${message} | ${hint}`);
};

describe('a good experiment', () => {
  const experiment = readText(written);

  test('is named after its file, and its postmortem is found beside it', () => {
    expect(experiment.name).toBe('outage');
    expect(experiment.postmortem).toEqual({ at: { file, line: 4, column: 13 }, file: 'postmortems/outage.md' });
  });

  test('has its durations in milliseconds and its rate per second', () => {
    expect(experiment.service).toEqual({
      instances: 2,
      pool: { max: 20, acquireTimeoutMs: 2_000, idleTimeoutMs: 0 },
      work: { browseMs: 80, checkoutMs: 200 },
    });
    expect(experiment.load).toEqual({
      arrivals: 'poisson',
      ratePerSecond: 60,
      spikes: [
        { atMs: 20_000, forMs: 20_000, kind: 'buyers', times: 1.4, why: 'red herring' },
        { atMs: 5_000, forMs: 60_000, kind: 'burst', ratePerSecond: 12, addresses: 3, why: 'looks like an attack' },
        { atMs: 0, forMs: 300_000, kind: 'uploads', ratePerSecond: 6, why: 'a busy web host' },
      ],
    });
  });

  test('remembers where its faults, alerts and measurements stand', () => {
    expect(experiment.faults).toEqual([
      { at: { file, line: 20, column: 5 }, atMs: 0, fault: 'lower-connection-limit', params: { max_connections: 14 } },
    ]);
    expect(experiment.expect.alerts[1]).toEqual({
      at: { file, line: 25, column: 7 },
      name: 'Refused',
      labels: {},
      withinMs: 120_000,
      receiver: 'pager',
      resolvesWithinMs: 300_000,
    });
    expect(experiment.truth.healed).toEqual([
      { at: { file, line: 35, column: 7 }, name: 'cause is gone (1)', language: 'sql', query: 'select true' },
      { at: { file, line: 36, column: 7 }, name: 'nobody waits', language: 'promql', query: 'waiting', below: 1 },
    ]);
  });

  test('follows the runbook of its first alert, and its cause is curable, unless it says otherwise', () => {
    expect(experiment.expect.runbook).toMatchObject({ alert: 'ErrorRateHigh', verdict: 'fixed', withinMs: 600_000 });
    expect(experiment.truth).toMatchObject({ nature: 'curable', mayChange: [] });
    const chosen = readText(written.replace('verdict: fixed', 'alert: Refused, verdict: fixed'));
    expect(chosen.expect.runbook?.alert).toBe('Refused');
  });

  test('may leave out what has nothing to say', () => {
    const text = written
      .replace(/^impact.*\n/m, '')
      .replace(/^ {2}work.*\n/m, '')
      .replace(/^abort:\n.*\n/m, '');
    const bare = readText(text);
    expect(bare.impact).toBeUndefined();
    expect(bare.service).toMatchObject({ work: { browseMs: 0, checkoutMs: 0 } });
    expect(bare.abort).toEqual([]);
  });
});

describe('a bad experiment', () => {
  test('shows all of its problems at once, in the order of the document', () => {
    expect(
      problemsAfter(
        ['title:', 'titel:'],
        ['max: 20', 'max: 0'],
        ['rate: 60/s', 'rate: 60'],
        ['lower-connection-limit', 'lower-conection-limit'],
        ['share: 0.75', 'share: 75'],
        ['within: 2m,', 'within: soon,'],
        ['for: 20s }\ntruth', 'for: 20s, for: 30s }\ntruth'],
      ),
    ).toEqual([
      '1:1 title is missing; expected text | add "title:" here',
      '2:1 unknown key "titel" | did you mean "title"?',
      '8:16 service.pool.max is 0; expected a number not below 1 | write a number not below 1',
      '12:9 load.rate is 60; expected buyers per second, such as 60/s | write buyers per second, such as 60/s',
      '20:15 unknown key "lower-conection-limit" in faults[0] | did you mean "lower-connection-limit"?',
      '21:18 impact.share is 75; expected a number not above 1 | write a number not above 1',
      '24:66 expect.alerts[0].within is "soon"; expected a duration such as 30s or 5m | write a duration such as 30s or 5m',
      '29:70 this key is written twice; expected it once | keep one of the two',
    ]);
  });

  test.each([
    ['a fault parameter nobody knows', ['max_connections: 14', 'max_connections: 14, max: 3'], 'unknown key "max"'],
    ['two faults in one entry', ['14 } }', '14 }, add-latency: { by: 1s } }'], 'this one has several'],
    [
      'no fault in an entry',
      ['at: 0s, lower-connection-limit: { max_connections: 14 }', 'at: 0s'],
      'this one has none',
    ],
    ['a measurement without a bound', [', below: 0.01', ''], 'it has neither below nor above'],
    ['a measurement that nothing satisfies', ['below: 0.01', 'below: 1, above: 2'], 'no number is below 1 and above 2'],
    ['sql with a bound', ['"select true"', '"select true", below: 1'], 'below and above belong to promql'],
    ['a measurement in two languages', ['"select true"', '"select true", promql: up'], 'exactly one of them'],
    [
      'an alert that is expected and allowed',
      ['[Restarted]', '[Refused]'],
      'Refused is expected to fire and also allowed',
    ],
    ['an alert that is expected and ends the run', ['name: shop gone', 'name: Refused'], 'it would end the run'],
    [
      'an expected alert watched by an abort condition',
      ['\'up{job="shop"}\'', '\'ALERTS{alertname="Refused"}\''],
      'it would end the run',
    ],
    [
      'the runbook of an alert that is not expected',
      ['verdict: fixed', 'alert: Refusd, verdict: fixed'],
      'did you mean "Refused"?',
    ],
    [
      'an alert that is expected twice',
      ['name: ErrorRateHigh, labels: { severity: page }', 'name: Refused'],
      'is used twice',
    ],
    ['a verdict nobody knows', ['verdict: fixed', 'verdict: fixd'], 'did you mean "fixed"?'],
    ['a capability nobody knows', ['needs: [settings', 'needs: [setings'], 'did you mean "settings"?'],
    ['a spike of no kind', ['times: 1.4, ', ''], '14:7 a spike is of one kind, this one has none'],
    ['a spike of two kinds', ['times: 1.4', 'times: 1.4, uploads: { rate: 1/s }'], 'this one has several'],
    [
      'a kind of spike nobody knows',
      ['burst:', 'brust:'],
      '15:26 unknown key "brust" in load.spikes[1] | did you mean',
    ],
    ['a burst without a unit', ['rate: 12/s', 'rate: 12'], 'is 12; expected requests per second, such as 12/s'],
    ['a burst from everywhere', ['addresses: 3', 'addresses: 300'], '15:58 load.spikes[1].burst.addresses is 300'],
    [
      'a burst that would be an attack',
      ['rate: 12/s', 'rate: 31/s'],
      '15:41 load.spikes[1].burst.rate is "31/s"; expected at most half of the buyers\' own rate, so that it hurts nobody | write 30/s or less',
    ],
    ['uploads that never come', ['rate: 6/s', 'rate: 0/s'], 'expected uploads per second, such as 6/s'],
    ['a spike without an end', ['for: 5m', 'for: 0s'], '16:22 load.spikes[2].for is "0s"; expected a duration longer'],
    [
      'a share above 1',
      ['tolerance: 0.15', 'tolerance: 1.5'],
      'impact.tolerance is 1.5; expected a number not above 1',
    ],
    [
      'a truth that nothing can show',
      [/** whole list */ written.slice(written.indexOf('    - { sql')), '    []\n'],
      'expected at least 1 entry',
    ],
    [
      'two steady states of one name',
      ['below: 0.01 }', 'below: 0.01 }\n  - { name: buyers succeed, promql: x, below: 1 }'],
      'is used twice',
    ],
  ] as const)('%s is refused', (_, change, problem) => {
    const problems = problemsAfter(change);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  test('the drill is checked like everything else', () => {
    const text = `${written}drill: { timeScale: 4, limit: 30m, notes: [{ at: 2m, to: lead, txt: hi }] }\n`;
    const read = readExperiment({ file, text }, { faults });
    expect(read.ok ? [] : read.problems.map(({ message }) => message)).toEqual([
      'drill.timeScale is 4; expected one of 1, 2, 3, 5, 10',
      'drill.notes[0].text is missing; expected text',
      'unknown key "txt" in drill.notes[0]',
    ]);
  });

  test('a drill whose words nobody would ever match, or which gives the truth out as a distraction, is refused', () => {
    const drill = `drill:
  timeScale: 5
  limit: 30m
  distractors: [database/slow-query, ddos, database/connection-limit-too-low]
  harmful:
    - { act: restart-postgres, severity: major, why: drops everybody }
    - { act: step raise-the-limit, severity: minor, why: changes what was right }
    - { act: restart-database, severity: minor, why: is called otherwise }
`;
    const problems = (text: string): readonly string[] => {
      const read = readExperiment({ file, text }, { faults });
      return read.ok ? [] : read.problems.map(({ message, at }) => `${at?.line}:${at?.column} ${message}`);
    };
    expect(problems(written + drill)).toEqual([
      '40:38 drill.distractors[1] is "ddos"; expected COMPONENT/CAUSE, such as database/slow-query',
      '40:44 database/connection-limit-too-low is one of truth.causes and also a distractor',
      '44:14 drill.harmful[2].act is "restart-database"; expected restart-postgres, restart-service, configure-service or step NAME',
    ]);
    const mended = drill.replace('ddos', 'network/ddos').replace('restart-database', 'restart-service');
    expect(problems(written + mended)).toEqual([
      '40:52 database/connection-limit-too-low is one of truth.causes and also a distractor',
    ]);
    expect(problems(written + mended.replace(', database/connection-limit-too-low', ''))).toEqual([]);
  });

  test('what is not YAML is refused where it stops being YAML', () => {
    const read = readExperiment({ file, text: 'a: [1\nb: "x' }, { faults });
    expect(read).toMatchObject({
      ok: false,
      problems: [{ at: { line: 2, column: 1 } }, { at: { line: 2, column: 6 } }],
    });
  });

  test.each(['', '- 1', '"text"', '---\na: 1\n---\nb: 2', '&a [*a, *a]', 'a: !thing 3', '? [x]\n: 1'])(
    '%j is refused, not thrown',
    (text) => {
      expect(readExperiment({ file, text }, { faults }).ok).toBe(false);
    },
  );
});
