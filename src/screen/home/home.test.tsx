/** The home screen, on a terminal of its own. */
import { expect, test } from 'vitest';
import type { HomeModel } from '../ipc.ts';
import { mount, type Mounted } from '../mounted.fixture.ts';
import { expectTidy, keys } from '../terminal-harness.fixture.ts';
import { Home } from './home.tsx';

const summary = 'Most visitors cannot buy; the monitoring sees errors, the machines look fine.';
const model: HomeModel = {
  experiments: [
    {
      name: 'connections-held',
      title: 'A neighbour holds the connections',
      summary,
      lastRun: null,
      drillable: true,
      minutes: 30,
    },
    { name: 'damaged', title: 'Damaged', summary, lastRun: null, drillable: false, minutes: 30 },
    {
      name: 'web-stack-outage',
      title: 'Web stack outage of 2024-06-20',
      summary,
      lastRun: { when: '2026-11-20T10:00:00.000Z', mode: 'drill', outcome: 'completed', team: 67.4, readiness: 78 },
      drillable: true,
      minutes: 30,
    },
  ],
  runs: [
    {
      runId: '20261120-100000-a3f0',
      experiment: 'web-stack-outage',
      when: '2026-11-20T10:00:00.000Z',
      mode: 'drill',
      outcome: 'completed',
      team: 67.4,
      readiness: 78,
    },
    {
      runId: '20261119-100000-b052',
      experiment: 'web-stack-outage',
      when: '2026-11-19T10:00:00.000Z',
      mode: 'verify',
      outcome: 'passed',
      team: null,
      readiness: 91,
    },
  ],
  drills: [],
};

type Shown = { readonly screen: Mounted; readonly asked: readonly string[] };

const home = async (
  part: Partial<Parameters<typeof Home>[0]> = {},
  [columns, rows]: readonly [number, number] = [100, 24],
): Promise<Shown> => {
  const asked: string[] = [];
  const screen = await mount(
    (size) => (
      <Home
        size={size}
        project="shop"
        home={model}
        starting={null}
        problems={[]}
        onDrill={(experiment, mode) => void asked.push(`drill ${experiment} ${mode}`)}
        onVerify={(experiment) => void asked.push(`verify ${experiment}`)}
        onQuit={() => void asked.push('quit')}
        {...part}
      />
    ),
    [columns, rows],
  );
  return { screen, asked };
};

test('it shows what there is, how it went last time, and the keys', async () => {
  const { screen } = await home();
  screen.press('G');
  await screen.shows(/▶ Web stack outage/);
  expect(screen.lines()).toMatchSnapshot();
  expectTidy(screen, 100);
});

test.for([
  [120, 40],
  [80, 24],
  [60, 16],
] as const)('it stands in %ix%i', async ([columns, rows]) => {
  const { screen } = await home({}, [columns, rows]);
  screen.press('G');
  await screen.shows('READINESS');
  expect(screen.lines()).toMatchSnapshot();
  expectTidy(screen, columns);
});

test('Enter asks whether to train or to be measured, and starts only then', async () => {
  const { screen, asked } = await home();
  screen.press(keys.enter);
  await screen.shows('Drill: A neighbour holds');
  expect(asked).toEqual([]);
  screen.press(keys.escape);
  await screen.hides('Drill: A neighbour holds');
  expect(asked).toEqual([]);
  screen.press('G');
  await screen.shows(/▶ Web stack outage/);
  screen.press(keys.enter);
  await screen.shows('Drill: Web stack outage');
  screen.press(keys.down);
  await screen.shows('▶ evaluation');
  screen.press(keys.enter);
  await expect.poll(() => asked).toEqual(['drill web-stack-outage evaluation']);
});

test('what is damaged can neither be drilled nor verified, and says where to look', async () => {
  const { screen, asked } = await home();
  screen.press('j');
  await screen.shows(/gameday show/);
  screen.press('v', keys.enter, 'v', 'q');
  await expect.poll(() => asked).toEqual(['quit']);
});

test('v verifies, h is the history, ? the help, q quits', async () => {
  const { screen, asked } = await home();
  screen.press('v');
  await expect.poll(() => asked).toEqual(['verify connections-held']);
  screen.press('h');
  await screen.shows('connections-held was never drilled.');
  screen.press(keys.escape);
  await screen.shows('Experiments');
  screen.press('?');
  await screen.shows('Training coaches: hints are free');
  screen.press(keys.escape);
  await screen.shows('Experiments');
  screen.press('q');
  await expect.poll(() => asked).toEqual(['verify connections-held', 'quit']);
});

test('before the first run one screen says what it does, how to stop it and how to remove it', async () => {
  const { screen } = await home({ home: { ...model, runs: [] } }, [80, 24]);
  await screen.shows('Before the first run');
  expect(screen.lines()).toMatchSnapshot();
  await screen.shows('How to remove it');
  screen.press(keys.enter);
  await screen.shows('no drill yet');
});

test('while something starts nothing else can be asked for; why it did not start stays to be read', async () => {
  const { screen, asked } = await home({ starting: 'starting a drill of web-stack-outage' });
  await screen.shows('starting a drill of web-stack-outage …');
  screen.press('v', 'q');
  const failed = await home({
    problems: [{ message: 'PostgreSQL did not start', hint: 'gameday doctor looks at this machine' }],
  });
  await failed.screen.shows('error: PostgreSQL did not start');
  await failed.screen.shows('try  gameday doctor');
  expect(asked).toEqual([]);
});

test('a project without experiments says so and does not fall over', async () => {
  const { screen, asked } = await home({ home: { experiments: [], runs: model.runs, drills: [] } });
  await screen.shows('There are none in experiments/.');
  screen.press('j', 'k', 'v', 'h', 'G', keys.enter, 'q');
  await expect.poll(() => asked).toEqual(['quit']);
});
