/** The house rules of docs/architecture.md, kept true: who may import whom, and which rooms touch nothing. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const src = resolve(import.meta.dirname, '../src');
const leaves = ['units.ts', 'errors.ts', 'clock.ts', 'program.ts', 'quick-start.ts'];

/** Rooms in the order of the flow; `embedded/…` are rooms of their own. */
const pure = ['promql', 'documents', 'plan', 'drill', 'verdicts', 'reports'];

/** What a room may import besides the leaves and itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  promql: [],
  documents: [],
  plan: ['documents', 'promql'],
  journal: ['plan', 'documents', 'load'],
  'embedded/postgres': [],
  'embedded/toxiproxy': [],
  'embedded/go-template': ['promql'],
  'embedded/prometheus': ['promql', 'embedded/go-template'],
  'embedded/alertmanager': ['embedded/go-template'],
  'embedded/postgres-exporter': [],
  'embedded/monitoring': ['embedded/prometheus', 'embedded/alertmanager', 'embedded/postgres-exporter'],
  shop: [],
  load: [],
  environments: [
    'documents',
    'faults',
    'safety',
    'shop',
    'embedded/postgres',
    'embedded/toxiproxy',
    'embedded/prometheus',
    'embedded/alertmanager',
    'embedded/postgres-exporter',
    'embedded/monitoring',
  ],
  faults: ['documents', 'environments', 'safety'],
  probes: ['documents', 'plan', 'journal', 'shop'],
  safety: ['documents', 'journal', 'environments', 'faults'],
  drill: ['documents', 'plan', 'journal'],
  run: [
    'drill',
    'documents',
    'promql',
    'plan',
    'journal',
    'environments',
    'faults',
    'probes',
    'safety',
    'load',
    'verdicts',
    'shop',
  ],
  verdicts: ['documents', 'plan', 'journal', 'load'],
  reports: ['documents', 'plan', 'journal', 'verdicts', 'load'],
  screen: ['documents', 'plan', 'journal', 'drill', 'verdicts', 'reports', 'load'],
  cli: ['*'],
};

type Import = { readonly from: string; readonly what: string; readonly typeOnly: boolean };

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
  (file) => /\.tsx?$/.test(file) && !/\.(?:test|fixture)\.tsx?$/.test(file),
);

const importsOf = (file: string): readonly Import[] =>
  [
    ...readFileSync(join(src, file), 'utf8').matchAll(/^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s)?'([^']+)'/gm),
  ].map(([, type, what = '']) => ({ from: file, what, typeOnly: type !== undefined }));

const roomOf = (file: string): string => {
  const parts = file.split('/');
  if (parts.length === 1) return file;
  if (parts[0] === 'embedded' && parts.length === 2) return 'leaf of embedded';
  return parts[0] === 'embedded' && parts.length > 2 ? `${parts[0]}/${parts[1]}` : (parts[0] ?? '');
};

const inside = files.flatMap(importsOf).flatMap(({ from, what, typeOnly }) => {
  if (!what.startsWith('.')) return [];
  const target = relative(src, resolve(dirname(join(src, from)), what));
  return [{ from, target, typeOnly }];
});

test('every import between rooms is one that the house allows', () => {
  const refused = inside.filter(({ from, target }) => {
    const room = roomOf(from);
    const wanted = roomOf(target);
    if (wanted === room || leaves.includes(wanted) || wanted === 'leaf of embedded') return false;
    if (leaves.includes(room)) return true;
    const list = allowed[room];
    return list === undefined || !(list.includes('*') || list.includes(wanted));
  });
  expect(refused.map(({ from, target }) => `${from} → ${target}`)).toEqual([]);
});

test('nobody imports the command line', () => {
  expect(inside.filter(({ from, target }) => roomOf(target) === 'cli' && roomOf(from) !== 'cli')).toEqual([]);
});

test('pure rooms import no module that can open a socket, read a file or know the time', () => {
  const effects =
    /^(?:node:)?(?:fs|net|http|https|child_process|dgram|timers|worker_threads|os|tls)(?:\/|$)|^pg$|clock\.ts$|program\.ts$/;
  const refused = files
    .flatMap(importsOf)
    .filter(({ from, what }) => pure.includes(roomOf(from)) && effects.test(what));
  expect(refused.map(({ from, what }) => `${from} → ${what}`)).toEqual([]);
});

test('pure rooms do not ask for the time or for chance', () => {
  const refused = files.filter(
    (file) =>
      pure.includes(roomOf(file)) &&
      /\bDate\.now\(|new Date\(\)|Math\.random\(|performance\.now\(|process\./.test(
        readFileSync(join(src, file), 'utf8'),
      ),
  );
  expect(refused).toEqual([]);
});

test('only the composition roots touch the process', () => {
  const roots = [
    'cli/main.ts',
    'cli/drill/conductor.ts',
    'program.ts',
    'safety/watchdog.ts',
    'screen/main.ts',
    'screen/show.tsx',
  ];
  const refused = files.filter(
    (file) =>
      !roots.includes(file) &&
      /process\.exit\(|process\.on\(|process\.argv/.test(readFileSync(join(src, file), 'utf8')),
  );
  expect(refused).toEqual([]);
});

test('there is no room called utils, and no barrel', () => {
  expect(files.filter((file) => /(?:^|\/)(?:utils?|helpers?|common|index)(?:\/|\.ts$)/.test(file))).toEqual([]);
});
