/** Each word of the runbook verdict, earned by a real run against a real outage. */
import { expect, test } from 'vitest';
import { edit, proven, scratchProject, type Report } from '../gameday.fixture.ts';

const refused = 'runbooks/DatabaseConnectionsRefused.md';
const restartStep = /The setting is read at start only[\s\S]*?```\n\n(?=## Verification)/;
const raiseStep = '```sql {"confirm":"yes","danger":"write","name":"raise-the-limit"';

const verdictOf = async (folder: string, ...args: readonly string[]) => {
  // Half the promised time, to keep the waiting for what will never heal short.
  edit(folder, 'experiments/web-stack-outage.yaml', 'verdict: fixed, within: 10m', 'verdict: fixed, within: 5m');
  edit(folder, 'experiments/pool-undersized.yaml', 'verdict: fixed, within: 10m', 'verdict: fixed, within: 5m');
  const verify = await proven(folder, 'verify', ...args, '--json');
  const code = await verify.exited;
  const [run] = (JSON.parse(verify.stdout()) as Report).runs;
  return { code, verdict: run?.runbook?.verdict, detail: run?.runbook?.detail };
};

test('the remedy without its restart is false-success: configured is not in effect', async () => {
  const folder = scratchProject();
  edit(folder, refused, restartStep, '');
  const { code, verdict, detail } = await verdictOf(folder, 'web-stack-outage');
  expect([code, verdict]).toEqual([1, 'false-success']);
  expect(detail).toContain('"the server lets both pools in" does not hold');
});

test("the postmortem's own remedy is false-success on the twin that looks the same", async () => {
  const { code, verdict, detail } = await verdictOf(scratchProject(), 'pool-undersized', '--runbook', refused);
  expect([code, verdict]).toEqual([1, 'false-success']);
  expect(detail).toContain('"each instance may open enough connections" is still 2');
});

test('a runbook that only looks is ineffective, and honest about it', async () => {
  const { code, verdict } = await verdictOf(
    scratchProject(),
    'web-stack-outage',
    '--runbook',
    'runbooks/ShopErrorRateHigh.md',
  );
  expect([code, verdict]).toEqual([1, 'ineffective']);
});

const heldFor = async (duration: string) => {
  const folder = scratchProject();
  edit(folder, 'experiments/connections-held.yaml', '{ count: 38 }', `{ count: 38, for: ${duration} }`);
  return verdictOf(folder, 'connections-held', '--proof', 'full');
};

test('a fault that ends by itself is self-healed, however well the runbook did', async () => {
  const { code, verdict, detail } = await heldFor('12s');
  expect([code, verdict]).toEqual([1, 'self-healed']);
  expect(detail).toMatch(/^without a runbook the service heals by itself, /);
});

test('a fault that would have gone on for longer than a runbook may take is fixed', async () => {
  const { code, verdict } = await heldFor('10m');
  expect([code, verdict]).toEqual([0, 'fixed']);
});

test('an alert whose link leads nowhere has no-runbook', async () => {
  const folder = scratchProject();
  edit(folder, 'monitoring/alerts.yml', 'runbooks/DatabaseConnectionsRefused.md', 'runbooks/Moved.md');
  const { code, verdict, detail } = await verdictOf(folder, 'web-stack-outage');
  expect([code, verdict]).toEqual([1, 'no-runbook']);
  expect(detail).toContain('runbooks/Moved.md does not exist');
});

test('a runbook that heals and changes a setting nobody asked for is harmful', async () => {
  const folder = scratchProject();
  const extra =
    '```sql {"danger":"write","name":"while-we-are-here","undo":"none"}\nalter system set statement_timeout = 60000\n```\n\n';
  edit(folder, refused, raiseStep, `${extra}${raiseStep}`);
  const { code, verdict, detail } = await verdictOf(folder, 'web-stack-outage');
  expect([code, verdict]).toEqual([1, 'harmful']);
  expect(detail).toContain('statement_timeout');
});

test('a runbook whose role may not do what it says is blocked, with the permission it lacks', async () => {
  const folder = scratchProject();
  edit(folder, refused, 'role: oncall_dba', 'role: monitor');
  const { code, verdict, detail } = await verdictOf(folder, 'web-stack-outage');
  expect([code, verdict]).toEqual([1, 'blocked']);
  expect(detail).toContain('raise-the-limit');
});
