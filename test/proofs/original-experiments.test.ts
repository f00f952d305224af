/**
 * The same experiments with the original servers, where there are any: `ORIGINALS=FOLDER`, with `prometheus` in it,
 * `alertmanager` or `prometheus-alertmanager`, and `toxiproxy-server`; a Toxiproxy that is not there stays built in.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { leftBy } from '../gameday.fixture.ts';
import { proveOutage } from '../outage.fixture.ts';
import { experiments } from '../outages.ts';
import { alertmanagerIn } from '../peers/alertmanager-program.ts';

const { ORIGINALS: given = '' } = process.env;
const skipped = given === '' ? ' (skipped: ORIGINALS=FOLDER names no original servers)' : '';

const originals = (): readonly string[] => {
  const folder = resolve(given);
  const scratch = mkdtempSync(join(tmpdir(), 'gd-'));
  onTestFinished(() => rmSync(scratch, { recursive: true }));
  const toxiproxy = join(folder, 'toxiproxy-server');
  return [
    ...['--prometheus', join(folder, 'prometheus'), '--alertmanager', alertmanagerIn(folder, scratch)],
    ...(existsSync(toxiproxy) ? ['--toxiproxy', toxiproxy] : []),
  ];
};

test.skipIf(given === '').each(experiments)(
  `%s shows with the original servers all that its proof has to show${skipped}`,
  async (experiment) => {
    const { contradictions, runId } = await proveOutage('originals', experiment, ...originals());
    expect(contradictions).toEqual([]);
    expect(leftBy(runId)).toEqual([]);
  },
);
