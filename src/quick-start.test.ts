import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const counting = `
  import { registerHooks } from 'node:module';
  const loaded = {};
  const load = (url, context, next) => {
    const [, name = 'own'] = /node_modules\\/([^/]+)/.exec(url) ?? [];
    loaded[name] = (loaded[name] ?? 0) + 1;
    return next(url, context);
  };
  registerHooks({ load });
  process.on('exit', () => process.stderr.write(JSON.stringify(loaded)));`;

/** How many modules of each package a program loads. */
const loadedBy = (...program: readonly string[]): Readonly<Record<string, number>> => {
  const args = ['--import', `data:text/javascript,${encodeURIComponent(counting)}`, ...program];
  const { stderr } = spawnSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8' });
  return JSON.parse(stderr.split('\n').at(-1) ?? '') as Record<string, number>;
};

test('of a package that Ink takes one function from, and of messages in fifty languages, one module is enough', () => {
  const program = `await import('ink'); (await import('zod')).z.string().parse('a');`;
  const whole = loadedBy('--input-type=module', '-e', program);
  const quick = loadedBy(
    '--input-type=module',
    '-e',
    `import { quickStart } from './quick-start.ts'; quickStart(); ${program}`,
  );
  expect([whole['es-toolkit'], whole['zod']].every((modules) => (modules ?? 0) > 80)).toBe(true);
  expect([quick['es-toolkit'], quick['zod']].every((modules) => (modules ?? 0) < 40)).toBe(true);
  expect(quick['ink']).toBe(whole['ink']);
});

test('a command that reads no document does not load what reads them', () => {
  const project = resolve(import.meta.dirname, '..');
  const command = (...words: readonly string[]): readonly string[] => Object.keys(loadedBy('cli/main.ts', ...words));
  expect(command('-C', project, 'list')).toEqual(expect.arrayContaining(['zod', 'yaml']));
  for (const words of [['--help'], ['-C', project, 'list', 'runs']])
    expect(command(...words)).not.toEqual(expect.arrayContaining(['zod']));
});
