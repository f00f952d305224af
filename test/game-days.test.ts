/** The game days of this repository, as a responder meets them: what they lean on is there, and nothing gives them away. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const root = resolve(import.meta.dirname, '..');
const text = (file: string): string => readFileSync(join(root, file), 'utf8');
const filesIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);

type Written = {
  readonly title: string;
  readonly summary: string;
  readonly truth: { readonly causes: readonly string[] };
  readonly drill: {
    readonly distractors: readonly string[];
    readonly hints: readonly { readonly level: string; readonly text: string }[];
    readonly harmful: readonly { readonly act: string }[];
  };
};

const experiments = filesIn('experiments').map((file) => [file, parse(text(file)) as Written] as const);
const steps = new Set(
  filesIn('runbooks').flatMap((file) => [...text(file).matchAll(/"name":"([^"]+)"/g)].map(([, name]) => name)),
);

test.each(experiments)('%s can be drilled: enough to choose from, and a hint of each level', (_, { drill }) => {
  expect(drill.distractors.length).toBeGreaterThanOrEqual(5);
  expect(drill.hints.map(({ level }) => level)).toEqual(['nudge', 'pointer', 'solution']);
});

test.each(experiments)('%s names only steps and runbooks that exist', (_, { drill }) => {
  const named = drill.harmful.flatMap(({ act }) => (act.startsWith('step ') ? [act.slice('step '.length)] : []));
  expect(named.filter((step) => !steps.has(step))).toEqual([]);
  const runbooks = drill.hints.flatMap((hint) => hint.text.match(/runbooks\/\w+\.md/g) ?? []);
  expect(runbooks).not.toEqual([]);
  expect(runbooks.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

test.each(experiments)('%s does not say its cause in its title or summary', (_, { title, summary, truth }) => {
  const telling = truth.causes
    .flatMap((cause) => cause.split('/')[1]?.split('-') ?? [])
    .filter((word) => word.length > 3);
  expect(telling).not.toEqual([]);
  expect(telling.filter((word) => `${title} ${summary}`.toLowerCase().includes(word))).toEqual([]);
});
