/** A proof of one of the repository's experiments, held against what it has to show (`outages.ts`). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJournal } from '../src/journal/codec.ts';
import { contradictions, type Proof } from './contradictions.ts';
import { proven, runsOf, scratchProject, type Report } from './gameday.fixture.ts';
import type { Experiment } from './outages.ts';

export type Kind = 'embedded' | 'originals' | 'containers';

/** All of them, unless `FULL_PROOF` names some (`containers/web-stack-outage …`): a full proof takes three times as long. */
const full = process.env['FULL_PROOF']?.split(/\s+/);
const proofOf = (kind: Kind, experiment: Experiment): Proof =>
  full === undefined || full.includes(`${kind}/${experiment}`) ? 'full' : 'single';

export type ProvenOutage = {
  readonly folder: string;
  readonly runId: string;
  readonly runFolder: string;
  readonly contradictions: readonly string[];
};

/** @param given Options, and perhaps variables. */
export const proveOutage = async (
  kind: Kind,
  experiment: Experiment,
  ...given: readonly (string | Readonly<Record<string, string>>)[]
): Promise<ProvenOutage> => {
  const folder = scratchProject();
  const proof = proofOf(kind, experiment);
  const where = kind === 'containers' ? ['--env', kind] : [];
  const run = await proven(folder, 'verify', experiment, '--json', '--proof', proof, ...where, ...given);
  const code = await run.exited;
  const judged = (JSON.parse(run.stdout()) as Report).runs[0];
  const runId = runsOf(folder).at(-1) ?? '';
  const runFolder = join(folder, '.gameday/runs', runId);
  const { events } = decodeJournal(readFileSync(join(runFolder, 'journal.jsonl'), 'utf8'));
  const found = contradictions(experiment, proof, { code, judged, events });
  // The project is gone when somebody wants to know why.
  const said = found.length === 0 ? [] : [`it said: ${run.stderr().slice(-2_000)}`, readUndoLog(runFolder)];
  return { folder, runId, runFolder, contradictions: [...found, ...said] };
};

const readUndoLog = (runFolder: string): string => readFileSync(join(runFolder, 'undo.log'), 'utf8').slice(-2_000);
