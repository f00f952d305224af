import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Action } from './action.ts';
import { commandLine, parseCommand } from './command.ts';
import { usageOf, wordNames, words, type Vocabulary, type Word } from './words.ts';

const vocabulary: Vocabulary = {
  components: ['database', 'network', 'web server'],
  causes: ['database/connection-limit-too-low', 'network/ddos', 'web/cpu-saturated'],
  roles: ['dba', 'manager'],
  runbooks: ['runbooks/DatabaseConnectionsRefused.md', 'runbooks/DatabaseDown.md'],
  alerts: ['ShopErrorRateHigh'],
};

const said = (line: string): Action => {
  const read = parseCommand(line, vocabulary);
  if (!read.ok) throw new Error(`${line}: ${JSON.stringify(read.problems)}`);
  return read.value;
};

const problemsOf = (line: string, known = vocabulary): readonly string[] => {
  const read = parseCommand(line, known);
  return read.ok ? [] : read.problems.map(({ message, hint }) => `${message}; ${hint ?? ''}`);
};

describe('a line and the action it means', () => {
  const meanings: readonly [string, Action][] = [
    ['ack', { do: 'acknowledge' }],
    ['ack ShopErrorRateHigh', { do: 'acknowledge', alert: 'ShopErrorRateHigh' }],
    ['focus web server', { do: 'focus', component: 'web server' }],
    ['hyp network/ddos', { do: 'hypothesise', cause: 'network/ddos', status: 'suspected' }],
    ['hyp network/ddos ruled-out', { do: 'hypothesise', cause: 'network/ddos', status: 'ruled-out' }],
    [
      'hyp network/ddos because of one address',
      { do: 'hypothesise', cause: 'network/ddos', status: 'suspected', because: 'of one address' },
    ],
    [
      'hyp web/cpu-saturated confirmed because top says so',
      { do: 'hypothesise', cause: 'web/cpu-saturated', status: 'confirmed', because: 'top says so' },
    ],
    ['sev 2', { do: 'declareSeverity', severity: 'SEV-2' }],
    ['lead me', { do: 'nameLead', lead: 'me' }],
    ['escalate dba', { do: 'escalate', to: 'dba' }],
    ['escalate dba nobody gets in', { do: 'escalate', to: 'dba', reason: 'nobody gets in' }],
    ['update we look at the  database', { do: 'update', text: 'we look at the  database' }],
    ['note "quoted" as it is', { do: 'note', text: '"quoted" as it is' }],
    ['runbook', { do: 'openRunbook' }],
    ['runbook databasedown', { do: 'openRunbook', runbook: 'runbooks/DatabaseDown.md' }],
    ['run raise the limit', { do: 'runStep', step: 'raise the limit' }],
    ['run 3', { do: 'runStep', step: '3' }],
    ['helped 3 yes', { do: 'rateStep', step: '3', helpful: true }],
    ['helped "raise the limit" no', { do: 'rateStep', step: 'raise the limit', helpful: false }],
    ['sql select "a"\n  from t', { do: 'sql', text: 'select "a"\n  from t' }],
    ['logs access', { do: 'logs', of: 'access' }],
    ['logs postgres too many clients', { do: 'logs', of: 'postgres', filter: 'too many clients' }],
    ['promql sum(up)', { do: 'promql', text: 'sum(up)' }],
    ['env restart postgres', { do: 'restart', target: 'postgres' }],
    ['mitigated', { do: 'claim', claim: 'mitigated' }],
    ['resolved', { do: 'claim', claim: 'resolved' }],
    ['hint', { do: 'hint' }],
    ['hint pointer', { do: 'hint', level: 'pointer' }],
    ['stop', { do: 'stop' }],
    ['stop the meeting begins', { do: 'stop', reason: 'the meeting begins' }],
  ];
  test.each(meanings)('%s', (line, action) => {
    expect(said(line)).toEqual(action);
    expect(said(commandLine(action))).toEqual(action);
  });

  test('settings keep their kind: numbers and truth values as they look, quoted ones are text', () => {
    const line = 'env configure service pool.max=20 debug=true name="20" title="two words" ratio=0.5 path=a=b';
    const settings = { 'pool.max': 20, debug: true, name: '20', title: 'two words', ratio: 0.5, path: 'a=b' };
    expect(said(line)).toEqual({ do: 'configure', target: 'service', settings });
    expect(said(commandLine(said(line)))).toEqual(said(line));
  });

  test('blanks around and between words do not matter, and names are found in any case', () => {
    expect(said('  env   restart   service ')).toEqual({ do: 'restart', target: 'service' });
    expect(said('focus Database')).toEqual({ do: 'focus', component: 'database' });
    expect(said('sev SEV-1')).toEqual({ do: 'declareSeverity', severity: 'SEV-1' });
  });

  test('text that begins with none of the words is a note, also where a word is only its beginning', () => {
    for (const text of ['users cannot pay', 'acknowledged?', 'environment looks odd', 'Resolved? no', 'resolved!'])
      expect(said(text)).toEqual({ do: 'note', text });
  });
});

describe('a line that does not fit is a mistake, never a note', () => {
  const mistakes: readonly [string, readonly string[]][] = [
    ['', ['nothing was said; help shows the words']],
    ['focus', ['COMPONENT is missing; focus COMPONENT']],
    ['focus databse', ['"databse" is no COMPONENT; did you mean "database"?']],
    ['focus printer', ['"printer" is no COMPONENT; use one of: database, network, web server']],
    ['sev 5', ['"5" is no 1|2|3|4; use one of: 1, 2, 3, 4']],
    ['ack ShopErorRateHigh', ['"ShopErorRateHigh" is no ALERT; did you mean "ShopErrorRateHigh"?']],
    ['runbook DatabaseDwn', ['"DatabaseDwn" is no NAME; did you mean "runbooks/DatabaseDown.md"?']],
    [
      'hyp network/dos perhaps',
      [
        '"network/dos" is no COMPONENT/CLASS; did you mean "network/ddos"?',
        '"perhaps" is no suspected|confirmed|ruled-out; use one of: suspected, confirmed, ruled-out',
      ],
    ],
    [
      'hyp network/ddos confirmed because',
      ['REASON is missing; hyp COMPONENT/CLASS [suspected|confirmed|ruled-out] [because REASON]'],
    ],
    ['helped', ['STEP is missing; helped STEP yes|no', 'yes|no is missing; helped STEP yes|no']],
    [
      'resolved the DNS trouble',
      ['resolved does not take "the DNS trouble"; resolved; or as a note: note resolved the DNS trouble'],
    ],
    ['env', ['env does not say what to do; env restart postgres|service, or env configure service NAME=VALUE…']],
    ['env restart database', ['"database" is no postgres|service; use one of: postgres, service']],
    ['env configure service', ['NAME=VALUE… is missing; env configure service NAME=VALUE…']],
    ['env configure service pool.max', ['"pool.max" is not NAME=VALUE; pool.max=20']],
  ];
  test.each(mistakes)('%s', (line, problems) => expect(problemsOf(line)).toEqual(problems));

  test('an alert is only checked where it is known which have come', () => {
    expect(problemsOf('ack Any', { ...vocabulary, alerts: [] })).toEqual(['there is no ALERT yet; ack [ALERT]']);
    expect(problemsOf('ack Any', { ...vocabulary, alerts: null })).toEqual([]);
  });

  test('a text is as long as the session takes it', () => {
    expect(problemsOf(`note ${'x'.repeat(2_000)}`)).toEqual([]);
    expect(problemsOf(`note ${'x'.repeat(2_001)}`)).toHaveLength(1);
  });
});

/** Any text as a person may have written it: without blanks around it, and not empty. */
const text = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 60 })
  .map((raw) => raw.trim())
  .filter((raw) => raw !== '');
const some = <Value>(value: fc.Arbitrary<Value>, name: string): fc.Arbitrary<object> =>
  fc.option(value, { nil: undefined }).map((given) => (given === undefined ? {} : { [name]: given }));
const of = (names: readonly string[] | null): fc.Arbitrary<string> => fc.constantFrom(...(names ?? []));
const level = fc.constantFrom('nudge', 'pointer', 'solution');
const setting = fc.oneof(
  text,
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
);
const pairs = fc.dictionary(fc.stringMatching(/^[a-z][a-z.]{0,9}$/), setting, {
  minKeys: 1,
  maxKeys: 4,
  noNullPrototype: true,
});
const mixed = (always: object, ...parts: readonly fc.Arbitrary<object>[]): fc.Arbitrary<object> =>
  fc.tuple(...parts).map((given) => Object.assign({ ...always }, ...given) as object);
const must = <Value>(value: fc.Arbitrary<Value>, name: string): fc.Arbitrary<object> =>
  value.map((given) => ({ [name]: given }));

const anyAction = fc.oneof(
  mixed({ do: 'acknowledge' }, some(of(vocabulary.alerts), 'alert')),
  mixed({ do: 'focus' }, must(of(vocabulary.components), 'component')),
  mixed(
    { do: 'hypothesise' },
    must(of(vocabulary.causes), 'cause'),
    must(fc.constantFrom('suspected', 'confirmed', 'ruled-out'), 'status'),
    some(text, 'because'),
  ),
  mixed({ do: 'declareSeverity' }, must(fc.constantFrom('SEV-1', 'SEV-2', 'SEV-3', 'SEV-4'), 'severity')),
  mixed({ do: 'nameLead' }, must(text, 'lead')),
  mixed({ do: 'escalate' }, must(of(vocabulary.roles), 'to'), some(text, 'reason')),
  mixed({}, must(fc.constantFrom('update', 'note', 'sql', 'promql'), 'do'), must(text, 'text')),
  mixed({ do: 'logs' }, must(fc.constantFrom('postgres', 'shop', 'access'), 'of'), some(text, 'filter')),
  mixed({ do: 'openRunbook' }, some(of(vocabulary.runbooks), 'runbook')),
  mixed({ do: 'runStep' }, must(text, 'step')),
  mixed({ do: 'rateStep' }, must(text, 'step'), must(fc.boolean(), 'helpful')),
  mixed({ do: 'restart' }, must(fc.constantFrom('postgres', 'service'), 'target')),
  mixed({ do: 'configure', target: 'service' }, must(pairs, 'settings')),
  mixed({ do: 'claim' }, must(fc.constantFrom('mitigated', 'resolved'), 'claim')),
  mixed({ do: 'hint' }, some(level, 'level')),
  mixed({ do: 'stop' }, some(text, 'reason')),
) as fc.Arbitrary<Action>;

describe('for any text at all', () => {
  test('a line is an action or has a problem, and nothing is thrown', () => {
    const began = fc
      .tuple(fc.constantFrom('', 'env', ...wordNames), fc.string({ unit: 'binary' }))
      .map(([word, rest]) => `${word} ${rest}`);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), began), (line) => {
        const read = parseCommand(line, vocabulary);
        expect(read.ok || read.problems.length > 0).toBe(true);
      }),
    );
  });

  test('what is printed is read as what it was', () => {
    fc.assert(
      fc.property(anyAction, (action) => {
        expect(said(commandLine(action))).toEqual(action);
      }),
      { numRuns: 1_000 },
    );
  });
});

test('every word explains itself in one line, with what it takes', () => {
  for (const name of wordNames) expect((words[name] as Word).does).toMatch(/^[a-z].*[^.]$/);
  expect(usageOf('escalate')).toBe('escalate ROLE [REASON]');
  expect(usageOf('mitigated')).toBe('mitigated');
});
