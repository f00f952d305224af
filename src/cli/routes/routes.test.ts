import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { CommandLine } from '../command-line.ts';
import type { CommandContext } from '../command.ts';
import { addRoutes } from './routes.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gd-routes-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

const routes = `
route:
  receiver: tickets
  routes:
    - { receiver: pager, matchers: [severity="page"], continue: true }
    - { receiver: db-team, matchers: [team="db"] }
inhibit_rules:
  - { source_matchers: [alertname="DatabaseDown"], target_matchers: [severity="warning"], equal: [cluster] }
receivers: [{ name: tickets }, { name: pager }, { name: db-team }]
`;

const written = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

/** `gameday routes test WORDS` on these routes, in a project where they are the team's own. */
const run = async (...words: readonly string[]): Promise<{ code: number | undefined; text: string }> => {
  const printed: string[] = [];
  const config = written('alertmanager.yml', routes);
  const used = { terminal: { out: (text: string) => void printed.push(text) } };
  const program = new CommandLine('gameday').exitOverride();
  let code: number | undefined;
  addRoutes(program, (action) => async (...given) => {
    code = await action(used as unknown as CommandContext, ...given);
  });
  await program.parseAsync(['routes', 'test', '--config', config, ...words], { from: 'user' });
  return { code, text: printed.join('\n') };
};

test('an alert goes to the receivers of its routes, in their order', async () => {
  expect(await run('severity=page', 'team=db')).toEqual({
    code: 0,
    text: 'pager  by {}/{severity="page"}\ndb-team  by {}/{team="db"}',
  });
  expect(await run('severity=a=b')).toEqual({ code: 0, text: 'tickets  by {}' });
  expect(JSON.parse((await run('team=db', '--json')).text)).toEqual({
    schemaVersion: 1,
    labels: { team: 'db' },
    routes: [{ receiver: 'db-team', key: '{}/{team="db"}' }],
  });
});

const cases = `cases:
  - { name: a page wakes the team, labels: { severity: page, team: db }, receivers: [pager, db-team] }
  - name: slow queries are explained by the database that is down
    labels: { alertname: SlowQueries, severity: warning, cluster: c1 }
    firing: [{ alertname: DatabaseDown, cluster: c1 }]
    inhibited: true
    receivers: [tickets]
  - name: but not by that of another cluster
    labels: { alertname: SlowQueries, severity: warning, cluster: c1 }
    firing: [{ alertname: DatabaseDown, cluster: c2 }]
    receivers: [tickets]
`;

test('a file of cases passes when every alert goes where it should and is inhibited by whom it should', async () => {
  expect(await run('--file', written('cases.yml', cases))).toEqual({ code: 0, text: '3 passed, 0 failed' });
});

test('what goes elsewhere, in another order, or is inhibited unexpectedly is shown with its place', async () => {
  const wrong = cases
    .replace('receivers: [pager, db-team]', 'receivers: [db-team, pager]')
    .replace('    inhibited: true\n', '')
    .replace('    firing: [{ alertname: DatabaseDown, cluster: c2 }]\n', '    inhibited: true\n');
  const file = written('cases.yml', wrong);
  expect(await run('--file', file)).toEqual({
    code: 1,
    text: `✖ a page wakes the team
  at ${file}:2
  {severity="page", team="db"}
  expected  db-team, pager
  got       pager, db-team
✖ slow queries are explained by the database that is down
  at ${file}:3
  {alertname="SlowQueries", cluster="c1", severity="warning"}
  expected  tickets
  got       tickets, inhibited by {alertname="DatabaseDown", cluster="c1"}
✖ but not by that of another cluster
  at ${file}:7
  {alertname="SlowQueries", cluster="c1", severity="warning"}
  expected  tickets, inhibited
  got       tickets
0 passed, 3 failed`,
  });
  const { cases: results } = JSON.parse((await run('--file', file, '--json')).text) as { cases: object[] };
  expect(results[1]).toMatchObject({
    ...{ name: 'slow queries are explained by the database that is down', passed: false, inhibited: true },
    inhibitedBy: [{ alertname: 'DatabaseDown', cluster: 'c1' }],
    expected: { receivers: ['tickets'], inhibited: false },
  });
});

test.each([
  [
    ['x', 'y=1', 'y=2'],
    ['"x" is no label; expected name=value', 'label y is given twice'],
  ],
  [[], ['no alert is given']],
  [['a=b', '--file', 'x.yml'], ['an alert and a file of cases are given; expected one of them']],
])('%j is a mistake of usage', async (words, messages) => {
  await expect(run(...words)).rejects.toMatchObject({
    code: 'USAGE',
    problems: messages.map((message) => expect.objectContaining({ message })),
  });
});

test('a receiver that nobody defined, and every other mistake of a file, is told with its place', async () => {
  const file = written('cases.yml', 'cases:\n  - { labels: { a: b }, receivers: [pagr] }\n');
  await expect(run('--file', file)).rejects.toMatchObject({
    problems: [
      {
        message: 'receiver "pagr" is not defined; expected one of tickets, pager, db-team',
        at: { file, line: 2, column: 37 },
        hint: 'did you mean "pager"?',
      },
    ],
  });
  const misspelt = written('cases.yml', 'cases:\n  - { label: { a: b }, receivers: [pager], inhibited: yes }\n');
  await expect(run('--file', misspelt)).rejects.toMatchObject({
    code: 'DOCUMENT_INVALID',
    message: expect.stringMatching(
      /unknown key "label"[^]*cases\[0\]\.inhibited is "yes"; expected one of true, false/,
    ),
  });
});
