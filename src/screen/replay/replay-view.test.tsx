/** A finished drill, shown again. */
import { expect, test } from 'vitest';
import { drillDetectedMs, drillJournal } from '../../../test/drill.fixture.ts';
import { ms } from '../../units.ts';
import { mount, type Mounted } from '../mounted.fixture.ts';
import { expectTidy, keys } from '../terminal-harness.fixture.ts';
import { Replay } from './replay-view.tsx';

const journal = drillJournal();

type Watched = { readonly screen: Mounted; readonly pass: (passedMs: number) => void; readonly quits: () => number };

/** Time stands still unless it is told to pass. */
const watch = async (
  atSecond: number,
  [columns, rows]: readonly [number, number] = [80, 24],
  speed = 8,
): Promise<Watched> => {
  let nowMs = 0;
  let quits = 0;
  const screen = await mount(
    (size) => (
      <Replay
        size={size}
        journal={journal}
        runbooks={['runbooks/DatabaseConnectionsRefused.md']}
        speed={speed}
        atMs={ms(drillDetectedMs + atSecond * 1_000)}
        clock={{ nowMs: () => ms(nowMs) }}
        onQuit={() => void quits++}
      />
    ),
    [columns, rows],
  );
  return { screen, pass: (passedMs) => void (nowMs += passedMs), quits: () => quits };
};

test.for([
  [120, 40],
  [80, 24],
  [60, 16],
] as const)('at %ix%i it is the screen of the drill at that moment', async ([columns, rows]) => {
  const { screen } = await watch(600, [columns, rows]);
  await screen.shows('T+10:00 of 20:41');
  expect(screen.lines()).toMatchSnapshot();
  expectTidy(screen, columns);
});

test('time passes at its speed, space pauses and goes on', async () => {
  const { screen, pass } = await watch(60);
  pass(1_000);
  await screen.shows('replay 8x  T+1:08 of 20:41');
  screen.press(' ');
  await screen.shows('replay paused  T+1:08');
  pass(10_000);
  screen.press('+');
  await screen.shows('replay paused  T+1:08 of 20:41  at 16x');
  screen.press(' ');
  await screen.shows('replay 16x  T+1:08');
  pass(1_000);
  await screen.shows('replay 16x  T+1:24');
  expect(screen.lines()[0]).toContain('T+1:24');
});

test('arrows jump, digits go to a tenth, g and G to the ends; going back shows what was then', async () => {
  const { screen } = await watch(600);
  screen.press(keys.right, keys.right);
  await screen.shows('T+11:00 of');
  screen.press(keys.left);
  await screen.shows('T+10:30 of');
  await screen.shows('hypothesis confirmed');
  screen.press('1');
  await screen.shows('T+0:43 of');
  await screen.hides('hypothesis confirmed');
  screen.press('G');
  await screen.shows('replay the end  T+20:41 of 20:41');
  await screen.shows(/run completed/);
  screen.press('g');
  await screen.shows('T-1:30 of');
  await screen.hides(/run completed/);
  expect(screen.lines()[0]).toContain('opening the replica');
});

test('the truth is shown, for it is over: what was broken, and when it healed', async () => {
  const { screen } = await watch(1_100);
  await screen.shows('service healed');
  expect(screen.lines().join('\n')).toMatch(/service healed/);
});

test('? explains, Esc leads back, q quits', async () => {
  const { screen, quits } = await watch(600);
  screen.press('?');
  await screen.shows('to the first, second … ninth tenth of the run');
  screen.press('q');
  await screen.shows('replay 8x');
  expect(quits()).toBe(0);
  screen.press('q');
  await expect.poll(quits).toBe(1);
});
