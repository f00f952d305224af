/** Toxiproxy's behaviour as its clients see it: black-box tests over HTTP and TCP against a fault proxy of their own. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, type EventData } from 'node:test';
import { inspect } from 'node:util';
import type { ToxiproxyConfig, ToxiproxyReady } from '../../src/embedded/toxiproxy/config.ts';
import { programPath, startProgram } from '../../src/program.ts';
import { seconds } from '../../src/units.ts';
import type { Case, Suite } from './suite.ts';

export const toxiproxy: Suite = {
  name: 'toxiproxy',
  run: async (folder, report) => {
    const ownFolder = await mkdtemp(join(tmpdir(), 'gd-'));
    const config: ToxiproxyConfig = { host: '127.0.0.1', port: 0, proxies: [] };
    const proxy = await startProgram<ToxiproxyReady>({
      name: 'fault proxy',
      program: programPath('../../src/embedded/toxiproxy/main.ts', import.meta.url),
      config,
      folder: ownFolder,
      logFile: join(ownFolder, 'log'),
      readyWithinMs: seconds(10),
    });
    try {
      await runFiles(await testFiles(folder), { ...process.env, TOXIPROXY_URL: proxy.ready.url }, report);
    } finally {
      await proxy.stop();
      await rm(ownFolder, { recursive: true });
    }
  },
};

const testFiles = async (folder: string): Promise<readonly string[]> => {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.test.mjs'));
  if (names.length === 0) throw new Error(`there is no *.test.mjs in ${folder}`);
  return names.toSorted().map((name) => join(folder, name));
};

/** One file after another: their checks of time share the machine with their checks under load. */
const runFiles = async (files: readonly string[], env: NodeJS.ProcessEnv, report: (result: Case) => void) => {
  const events = run({ files: [...files], concurrency: false, env });
  events.on('test:pass', ({ name, details }) => {
    if (details.type !== 'suite') report({ name });
  });
  events.on('test:fail', ({ name, details }) => {
    if (details.type !== 'suite') report({ name, difference: differenceIn(details.error) });
  });
  events.resume();
  await new Promise((resolve) => events.once('end', resolve));
};

/** An assertion carries both sides; any other error is something that should not have happened. */
const differenceIn = ({ cause, message }: EventData.Error): NonNullable<Case['difference']> => {
  if (!(cause instanceof Error)) return { expected: 'no error', got: message };
  const { expected, actual } = cause as Error & { expected?: unknown; actual?: unknown };
  if (expected === undefined) return { expected: 'no error', got: cause.message };
  return { expected: inspect(expected), got: `${inspect(actual)}\n${cause.message}` };
};
