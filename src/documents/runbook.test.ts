import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRunbook, type Runbook } from './runbook.ts';

const file = 'runbooks/Refused.md';
const written = `---
title: Refused
weight: 3
gameday:
  version: 1
  alerts: [Refused]
  owner: shop
  escalation: { after: 15m, to: dba, via: pager }
  reviewed: 2025-01-15
  within: 10m
  connections:
    app: { role: shop_app }
    admin: { role: oncall, via: direct }
  defaults: { timeout: 20s }
---
# Refused

## Meaning

\`\`\`sql
select 'an example'
\`\`\`

Troubleshooting:
----------------

\`\`\`sql {"capture":"limit","expect":"value < 40","name":"limit","on":"admin"}
select current_setting('max_connections')::int
\`\`\`

- In a list:
  \`\`\`sh{name=logs}
  grep -c refused \\
    access.log
  \`\`\`

> \`\`\`sql {"name":"quoted"}
> drop table a
> \`\`\`

## Resolution
### Raise the limit

\`\`\`sql {"name":"raise","on":"admin","undo":"lower"}
alter system set max_connections = 60;
-- and
select pg_reload_conf()
\`\`\`
\`\`\`bash {"danger":"restart","tag":"db"}
gameday env restart postgres
\`\`\`

## Verify

\`\`\`promql {"every":"2s","name":"quiet","timeout":"1m","until":"value < 1 and value(limit) < $limit"}
sum(waiting)
\`\`\`
\`\`\`sql {"name":"gets-in","on":"app","until":"value = 1"}
select 1
\`\`\`

## Rollback

\`\`\`sql {"excludeFromRunAll":"true","name":"lower","on":"admin"}
alter system reset max_connections
\`\`\`

### Raise the limit
`;

const readText = async (text: string): Promise<Runbook> => {
  const read = await readRunbook({ file, text });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.value;
};
const problemsOf = async (text: string): Promise<readonly string[]> => {
  const read = await readRunbook({ file, text });
  return read.ok ? [] : read.problems.map(({ message, at, hint }) => `${at?.line}:${at?.column} ${message} | ${hint}`);
};
/** A runbook of one block. */
const withBlock = (
  fence: string,
  body: string,
  section = 'Mitigation',
  connections = '{ db: { role: dba } }',
): string =>
  `---\ngameday: { version: 1, alerts: [A], connections: ${connections} }\n---\n# A\n## ${section}\n\`\`\`${fence}\n${body}\n\`\`\`\n`;

describe('a runbook', () => {
  test('has steps where its annotated blocks stand, each in its section, and a rollback beside them', async () => {
    const runbook = await readText(written);
    expect(runbook).toMatchObject({ title: 'Refused', alerts: ['Refused'], owner: 'shop', withinMs: 600_000 });
    expect(runbook.steps.map(({ name, section, danger, at }) => [name, section, danger, at.line])).toEqual([
      ['limit', 'diagnosis', 'read', 27],
      ['logs', 'diagnosis', 'read', 32],
      ['raise', 'mitigation', 'write', 44],
      ['raise-the-limit-2', 'mitigation', 'restart', 49],
      ['quiet', 'verification', 'read', 55],
      ['gets-in', 'verification', 'read', 58],
    ]);
    expect(runbook.rollback.map(({ name }) => name)).toEqual(['lower']);
  });

  test('has its statements apart, its texts without the indentation of lists, and its times in milliseconds', async () => {
    const { steps } = await readText(written);
    expect(steps[2]?.statements).toEqual(['alter system set max_connections = 60', 'select pg_reload_conf()']);
    expect(steps[1]?.body).toBe('grep -c refused \\\n  access.log');
    expect(steps.map(({ timeoutMs, everyMs }) => [timeoutMs, everyMs])).toEqual([
      [20_000, 5_000],
      [20_000, 5_000],
      [20_000, 5_000],
      [20_000, 5_000],
      [60_000, 2_000],
      [20_000, 5_000],
    ]);
  });

  test('waits 2 minutes for an until and 30 s for anything else, where nothing else is said', async () => {
    const until = await readText(withBlock('promql {"name":"a","until":"value = 1"}', 'up'));
    expect(until.steps[0]?.timeoutMs).toBe(120_000);
    const once = await readText(withBlock('promql {"name":"a"}', 'up'));
    expect(once.steps[0]?.timeoutMs).toBe(30_000);
  });

  test('logs in through the service unless it says direct; the only connection needs no name', async () => {
    const { steps } = await readText(written);
    expect(steps[0]?.on).toEqual({ name: 'admin', role: 'oncall', via: 'direct' });
    expect(steps[5]?.on).toEqual({ name: 'app', role: 'shop_app', via: 'service' });
    const sole = await readText(withBlock('sql {"name":"a"}', 'select 1'));
    expect(sole.steps[0]?.on).toEqual({ name: 'db', role: 'dba', via: 'service' });
  });

  test('has the anchors that GitHub gives its headings, the second of one name with -1', async () => {
    expect((await readText(written)).anchors).toEqual([
      'refused',
      'meaning',
      'troubleshooting',
      'resolution',
      'raise-the-limit',
      'verify',
      'rollback',
      'raise-the-limit-1',
    ]);
    const odd = await readText(
      '# Don’t `panic()`, *ever*!\n## 🚒 Fire & ice\n## a_b - C\n# a\n# a\n# a-1\n> # in a quote\n',
    );
    expect(odd.anchors).toEqual(['dont-panic-ever', '-fire--ice', 'a_b---c', 'a', 'a-1', 'a-1-1', 'in-a-quote']);
  });

  test('is for people only when it has no front matter and no annotated block', async () => {
    const runbook = await readText('## Mitigation\n```sql\ndrop table a\n```\n    rm -rf x\n');
    expect(runbook).toEqual({ file, title: 'Refused', alerts: [], steps: [], rollback: [], anchors: ['mitigation'] });
  });

  test('reads the same with line ends of Windows', async () => {
    const windows = await readText(written.replaceAll('\n', '\r\n'));
    expect(windows).toEqual(await readText(written));
  });

  test('leaves the blocks of other tools alone', async () => {
    for (const fence of [
      'bash {1,3-5}',
      'yaml {"name":"x"}',
      'sh {title="a b"}',
      'sh {"tag":"x"}',
      'sh {"name":"x","ignore":"true"}',
    ])
      expect((await readText(withBlock(fence, 'true'))).steps).toEqual([]);
  });
});

describe('refused in a runbook', () => {
  test.each([
    [
      'a typing error in the front matter',
      written.replace('owner:', 'ownr:'),
      '7:3 unknown key "ownr" in gameday | did you mean "owner"?',
    ],
    [
      'variables',
      written.replace('  defaults:', '  vars: { a: { from: const } }\n  defaults:'),
      '14:9 vars are not supported yet',
    ],
    [
      'a connection nobody declared',
      written.replace('"on":"app"', '"on":"ap"'),
      '58:26 on is "ap"; expected a connection of the front matter | did you mean "app"?',
    ],
    [
      'an undo that is not in Rollback',
      written.replace('"undo":"lower"', '"undo":"lowr"'),
      '44:1 undo is "lowr"; expected a step of the section Rollback, or none | did you mean "lower"?',
    ],
    ['two steps of one name', written.replace('name=logs', 'name=limit'), '32:3 two steps are called "limit"'],
    [
      'a question about a later step',
      written.replace('value(limit)', 'value(gets-in)'),
      '55:1 value(gets-in) asks for step "gets-in"; expected a step before "quiet"',
    ],
    [
      'a variable that nothing captured',
      written.replace('"capture":"limit",', ''),
      '55:1 $limit is captured by no step before "quiet"',
    ],
    [
      'a broken expression',
      written.replace('value < 40', 'value < < 40'),
      '27:45 expect: expected something to compare, found "<"',
    ],
    [
      'a duration that is none',
      written.replace('"timeout":"1m"', '"timeout":"soon"'),
      'timeout is "soon"; expected a duration',
    ],
    [
      'an attribute misspelt',
      withBlock('sh { name=a timout=3s }', 'true'),
      '6:16 unknown attribute "timout" | did you mean "timeout"?',
    ],
    [
      'an attribute that cannot be followed yet',
      withBlock('sh { name=a when=x }', 'true'),
      'attribute "when" is not supported yet',
    ],
    ['a step that verify should skip', withBlock('sh { name=a ci=skip }', 'true'), 'ci is "skip"; expected run'],
    [
      'a language that cannot be followed yet',
      withBlock('http {"name":"a"}', 'GET http://x'),
      '6:1 blocks of language "http" are not supported yet',
    ],
    [
      'an expectation that nobody would judge',
      withBlock('expect {"ignore":"true"}', 'rows > 0'),
      'blocks of language "expect" are not supported yet',
    ],
    ['a nested attribute', withBlock('sh {"name":"a","x":{"y":"z"}}', 'true'), 'go on after the first "}"'],
    [
      'an attribute written twice',
      withBlock('sh {"name":"a","name":"b"}', 'true'),
      'an attribute of this block is written twice',
    ],
    ['attributes that are no JSON', withBlock('sh {"name":a}', 'true'), 'the attributes of this block are not JSON'],
    ['attributes without an end', withBlock('sh {"name":"a"', 'true'), 'have no closing "}"'],
    [
      'quotes in the short form',
      withBlock('sh { name="a" }', 'true'),
      '"name="a"" is not an attribute; expected key=value without quotes',
    ],
    ['a name with spaces', withBlock('sh {"name":"Do It"}', 'true'), 'a step cannot be called "Do It"'],
    [
      'both expect and until',
      withBlock('sh {"name":"a","expect":"exit = 0","until":"exit = 0"}', 'true'),
      'has both expect and until',
    ],
    ['every without until', withBlock('sh { name=a every=1s }', 'true'), 'every belongs to until'],
    ['a step without text', withBlock('sh { name=a }', ' '), 'step "a" has no text'],
    [
      'a fence that is never closed',
      withBlock('sh { name=a }', 'true').replace(/```\n$/, ''),
      'the code block of step "a" is never closed',
    ],
    [
      'a step in prose',
      withBlock('sh { name=a }', 'true', 'Impact'),
      'stands where steps are never followed (section impact)',
    ],
    [
      'a write in a diagnosis',
      withBlock('sql {"name":"a"}', 'select pg_reload_conf()', 'Diagnosis'),
      'steps under diagnosis may only read, but "a" is "write": it calls pg_reload_conf()',
    ],
    [
      'less danger than there is',
      withBlock('sql {"danger":"read","name":"a"}', 'truncate a'),
      '6:9 danger is "read", but step "a" is at least "destroy": it truncates a table',
    ],
    [
      'SQL without a connection',
      withBlock('sql {"name":"a"}', 'select 1', 'Mitigation', '{}'),
      'the runbook has no connection',
    ],
    [
      'SQL on one of several connections',
      withBlock('sql {"name":"a"}', 'select 1', 'Mitigation', '{ a: { role: x }, b: { role: y } }'),
      'add "on" with one of: a, b',
    ],
    [
      'SQL that is none',
      withBlock('sql {"name":"a"}', 'select 1;\nselec 2'),
      '8:1 SQL: syntax error at or near "selec"',
    ],
    ['commands of psql', withBlock('sql {"name":"a"}', '\\gexec'), 'commands of psql (\\…) cannot be run here'],
    [
      'variables of psql',
      withBlock('sql {"name":"a"}', "select :'x'"),
      'variables of psql (:name) are not supported yet',
    ],
  ])('%s', async (_, text, problem) => {
    const problems = await problemsOf(text);
    expect(problems.join('\n')).toContain(problem);
    expect(problems).toHaveLength(1);
  });

  test('a declared danger may raise what shows', async () => {
    const { steps } = await readText(withBlock('sql {"danger":"destroy","name":"a"}', 'alter system reset all'));
    expect(steps[0]?.danger).toBe('destroy');
  });

  test('a front matter that is no YAML hides nothing else that is wrong', async () => {
    const problems = await problemsOf(written.replace('version: 1', 'version: [1').replace('value < 40', 'value <'));
    expect(problems.some((problem) => problem.startsWith('27:'))).toBe(true);
    expect(problems.length).toBeGreaterThan(1);
  });
});

test('a runbook that lost any part of itself is read or refused with places inside it, never thrown', async () => {
  const lineCount = written.split('\n').length;
  const cut = fc.tuple(fc.nat(written.length), fc.nat(40), fc.constantFrom('', '"', '}', '\n', '```', "'", '\0', ':'));
  await fc.assert(
    fc.asyncProperty(cut, async ([at, length, instead]) => {
      const read = await readRunbook({ file, text: written.slice(0, at) + instead + written.slice(at + length) });
      for (const problem of read.ok ? [] : read.problems) {
        expect(problem.hint).not.toBe('');
        expect(problem.at?.line).toBeLessThanOrEqual(lineCount + 1);
      }
    }),
    { numRuns: 150 },
  );
});

/** Runbooks of other teams lie beside the project, not in it: they have licences of their own. */
const corpus = new URL('../../../shared/corpora/runbooks/', import.meta.url);
const foreign = existsSync(corpus) ? readdirSync(corpus).filter((name) => name.endsWith('.md')) : [];

describe.skipIf(foreign.length === 0)('the runbooks of other teams (skipped where ../shared/corpora is absent)', () => {
  test.each(foreign)('%s is read and executes nothing', async (name) => {
    const read = await readRunbook({ file: name, text: readFileSync(new URL(name, corpus), 'utf8') });
    expect(read).toMatchObject({ ok: true, value: { steps: [], rollback: [] } });
  });
});
