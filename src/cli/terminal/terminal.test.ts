import { expect, test } from 'vitest';
import { screenEnvironment, whyPlain, type Face } from './terminal.ts';

const roomy: Face = { inputIsTerminal: true, outputIsTerminal: true, columns: 80, rows: 24 };
const xterm = { TERM: 'xterm-256color' };

test.each([
  ['input from a file', { ...roomy, inputIsTerminal: false }, xterm, 'the input is no terminal'],
  ['output into a pipe', { ...roomy, outputIsTerminal: false }, xterm, 'the output is no terminal'],
  ['a dumb terminal', roomy, { TERM: 'dumb' }, 'this terminal is dumb (TERM)'],
  ['CI', roomy, { ...xterm, CI: 'true' }, 'this is CI (CI is set)'],
  ['too few columns', { ...roomy, columns: 59 }, xterm, 'this terminal is 59x24; a screen needs 60x16'],
  ['too few rows', { ...roomy, rows: 15 }, xterm, 'this terminal is 80x15; a screen needs 60x16'],
])('%s takes the drill to lines, and it is said why', (_, face, env, why) => expect(whyPlain(face, env)).toBe(why));

test('a screen of 60x16 is enough, and CI that is empty, false or 0 is no CI', () => {
  expect(whyPlain({ ...roomy, columns: 60, rows: 16 }, xterm)).toBeUndefined();
  for (const CI of ['', 'false', 'FALSE', '0']) expect(whyPlain(roomy, { ...xterm, CI })).toBeUndefined();
});

test('a screen runs in production, and without colours only where NO_COLOR says something', () => {
  expect(screenEnvironment(xterm)).toEqual({ ...xterm, NODE_ENV: 'production' });
  expect(screenEnvironment({ NO_COLOR: '', NODE_ENV: 'test' })).toEqual({ NO_COLOR: '', NODE_ENV: 'production' });
  expect(screenEnvironment({ NO_COLOR: '1', FORCE_COLOR: '3' })).toMatchObject({ FORCE_COLOR: '0' });
});
