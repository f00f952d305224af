/** The picture of a screen in the README. */
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { svgOf } from '../bench/picture/svg.ts';
import { openTerminal } from './terminal.fixture.ts';

const picture = async (script: string): Promise<string> => {
  await using terminal = openTerminal(['/bin/sh', '-c', `printf '${script}'`], { columns: 8, rows: 2, cwd: tmpdir() });
  await terminal.exited;
  return svgOf({ cells: terminal.cells(), title: 'A <drill>', description: '"quoted"' });
};

const marks = (svg: string): readonly string[] => svg.split('\n').filter((line) => /^<(?:text|path|rect x)/.test(line));

test('letters are held to their cells, and a long gap is left out', async () => {
  expect(marks(await picture('a b   c'))).toEqual([
    '<text x="0" y="12.5" textLength="24" lengthAdjust="spacingAndGlyphs" fill="#d8dee6">a b</text>',
    '<text x="48" y="12.5" textLength="8" lengthAdjust="spacingAndGlyphs" fill="#d8dee6">c</text>',
  ]);
});

test('frames, blocks and Braille are shapes of their cell, whatever font there is', async () => {
  const [path] = marks(await picture('┌▌⠁'));
  expect(path).toBe(
    '<path d="M3.52 7.99h4.48v1.02h-4.48zM3.52 7.99h0.96v9.01h-0.96zM8 0h4v17h-4zM16.4 0h3.2v4.25h-3.2z" fill="#d8dee6"/>',
  );
});

test('colours by name, of the cube and direct ones come out, and inverse cells get a ground', async () => {
  const svg = await picture('\\033[31mr\\033[38;5;196mc\\033[38;2;0;114;178md\\033[0;7mi\\033[0m');
  expect(marks(svg).map((line) => /fill="(?<fill>[^"]+)"/.exec(line)?.groups?.['fill'])).toEqual([
    '#e5735f',
    '#ff0000',
    '#0072b2',
    '#d8dee6',
    '#10151c',
  ]);
});

test('what is said in it is escaped, and the same cells give the same bytes', async () => {
  const svg = await picture('<&>');
  expect(svg).toContain('&lt;&amp;&gt;</text>');
  expect(svg).toContain('<title id="title">A &lt;drill&gt;</title>');
  expect(svg).toContain('<desc id="description">&quot;quoted&quot;</desc>');
  expect(await picture('<&>')).toBe(svg);
});
