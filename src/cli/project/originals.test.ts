import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { alertmanagerIn, programIn, prometheusIn, toxiproxyIn } from '../../environments/embedded/originals.fixture.ts';
import { defaultSettings } from '../../documents/project-settings.ts';
import { originalsIn, originalsOf, programsOf, versionsIn } from './originals.ts';

const folderForTest = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-originals-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
};

test('a program is asked for its version, and its path counts from where the command runs', async () => {
  const folder = folderForTest();
  const toxiproxy = toxiproxyIn(folder);
  const prometheus = prometheusIn(folder);
  const alertmanager = alertmanagerIn(folder);
  const found = await originalsOf({ toxiproxy, prometheus: relative(process.cwd(), prometheus), alertmanager });
  expect(versionsIn(found)).toEqual({
    originals: { toxiproxy: '9.8.7', prometheus: '9.8.7', alertmanager: '9.8.7' },
  });
  expect(programsOf(found)).toEqual({ toxiproxy, prometheus, alertmanager });
});

test('a version on standard error, as some releases print it, counts as well', async () => {
  const prometheus = programIn(folderForTest(), 'prometheus', `echo 'prometheus, version 2.53.0 (branch: x)' >&2`);
  expect(versionsIn(await originalsOf({ prometheus }))).toEqual({ originals: { prometheus: '2.53.0' } });
});

test('without programs the plan does not speak of them', async () => {
  const found = await originalsOf({});
  expect([versionsIn(found), programsOf(found)]).toEqual([{}, {}]);
});

test('everything that is no such program is told at once, before anything is started', async () => {
  const folder = folderForTest();
  const silent = programIn(folder, 'silent', 'exit 0');
  const asking = originalsOf({ toxiproxy: join(folder, 'nothing'), prometheus: silent });
  await expect(asking).rejects.toMatchObject({
    code: 'USAGE',
    problems: [
      {
        message: `--toxiproxy ${folder}/nothing does not exist`,
        hint: 'give the path of a toxiproxy-server, or leave --toxiproxy out: the built-in one does the same',
      },
      {
        message: `--prometheus ${silent} is no prometheus: it tells no version`,
        hint: 'give the path of a prometheus, or leave --prometheus out: the built-in one does the same',
      },
    ],
  });
});

test.each([
  ['a folder', (folder: string) => folder, 'is no file'],
  [
    'a file that may not be executed',
    (folder: string) => {
      const file = programIn(folder, 'prometheus', '');
      chmodSync(file, 0o644);
      return file;
    },
    'may not be executed',
  ],
  [
    'a program whose interpreter is missing',
    (folder: string) => {
      const file = programIn(folder, 'prometheus', '');
      writeFileSync(file, '#!/no/such/shell\n');
      return file;
    },
    'cannot be run: ENOENT',
  ],
  [
    'the other program',
    (folder: string) => toxiproxyIn(folder),
    'is no prometheus: it says "toxiproxy-server version 9.8.7"',
  ],
])('%s is refused', async (_, pathIn, reason) => {
  const path = pathIn(folderForTest());
  await expect(originalsOf({ prometheus: path })).rejects.toThrow(`--prometheus ${path} ${reason}`);
});

test('programs of gameday.yaml are found from the project, unless the command line names another', async () => {
  const folder = folderForTest();
  prometheusIn(folder);
  const at = { file: 'gameday.yaml', line: 3, column: 15 };
  const originals = {
    prometheus: { path: 'prometheus', at },
    toxiproxy: { path: 'nothing', at: { ...at, line: 4 } },
  };
  const settings = { ...defaultSettings, originals };
  expect(await originalsIn(settings, { root: folder }, {})).toEqual({
    found: { prometheus: { program: join(folder, 'prometheus'), version: '9.8.7' } },
    problems: [
      {
        message: 'originals.toxiproxy nothing does not exist',
        hint: 'give the path of a toxiproxy-server, or take the line out: the built-in one does the same',
        at: { ...at, line: 4 },
      },
    ],
  });
  const given = {
    prometheus: { program: '/bin/other', version: '3' },
    toxiproxy: { program: '/bin/one', version: '2' },
  };
  expect(await originalsIn(settings, { root: folder }, given)).toEqual({ found: {}, problems: [] });
});
