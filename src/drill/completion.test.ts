import { expect, test } from 'vitest';
import { completion } from './completion.ts';
import { wordNames, type Vocabulary } from './words.ts';

const vocabulary: Vocabulary = {
  components: ['network', 'database', 'web server'],
  causes: ['web/cpu-saturated', 'database/connection-limit-too-low', 'database/slow-query'],
  roles: ['manager', 'dba', 'site lead'],
  runbooks: ['runbooks/DatabaseDown.md', 'runbooks/ShopErrorRateHigh.md'],
  alerts: ['ShopErrorRateHigh'],
};

/** The lines that Tab leads to. */
const lines = (typed: string, known = vocabulary): readonly string[] => {
  const { from, options } = completion(typed, known);
  return options.map((option) => typed.slice(0, from) + option);
};

test('an empty line offers every word, and a beginning those that begin so', () => {
  expect(lines('')).toEqual([...wordNames].toSorted());
  expect(lines('  re')).toEqual(['  resolved']);
  expect(lines('env')).toEqual(['env configure', 'env restart']);
  expect(lines('nothing like it')).toEqual([]);
});

test('components and causes come in alphabetical order, whatever order they are kept in', () => {
  expect(lines('focus ')).toEqual(['focus database', 'focus network', 'focus web server']);
  expect(lines('hyp ')).toEqual([
    'hyp database/connection-limit-too-low',
    'hyp database/slow-query',
    'hyp web/cpu-saturated',
  ]);
  expect(lines('hyp DATABASE/s')).toEqual(['hyp database/slow-query']);
});

test('behind a cause come its status and its reason, behind the status only the reason', () => {
  expect(lines('hyp web/cpu-saturated ')).toEqual([
    'hyp web/cpu-saturated because',
    'hyp web/cpu-saturated confirmed',
    'hyp web/cpu-saturated ruled-out',
    'hyp web/cpu-saturated suspected',
  ]);
  expect(lines('hyp web/cpu-saturated confirmed ')).toEqual(['hyp web/cpu-saturated confirmed because']);
  expect(lines('hyp web/cpu-saturated confirmed because t')).toEqual([]);
});

test('a runbook is found by its name alone, and a name of two words stands in quotes where more may follow', () => {
  expect(lines('runbook shop')).toEqual(['runbook runbooks/ShopErrorRateHigh.md']);
  expect(lines('escalate ')).toEqual(['escalate "site lead"', 'escalate dba', 'escalate manager']);
  expect(lines('escalate "site lead" ')).toEqual([]);
});

test('only alerts that have come are offered', () => {
  expect(lines('ack ')).toEqual(['ack ShopErrorRateHigh']);
  expect(lines('ack ', { ...vocabulary, alerts: [] })).toEqual([]);
  expect(lines('ack ', { ...vocabulary, alerts: null })).toEqual([]);
});

test('free text, numbers and finished lines offer nothing to add', () => {
  for (const typed of ['note da', 'sql select', 'run 3', 'mitigated ', 'sev 1']) {
    const { options } = completion(typed, vocabulary);
    expect(options.filter((option) => option !== '1')).toEqual([]);
  }
});
