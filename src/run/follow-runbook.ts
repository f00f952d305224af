/**
 * The runbook as the responder: its steps in document order, each as the role it names, freshly logged in, under the
 * fault. It stops at the first step that does not pass, as a person would, and what it says at the end is a claim.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Runbook, Step } from '../documents/runbook.ts';
import type { Environment } from '../environments/environment.ts';
import type { JournalFact } from '../journal/events.ts';
import { programPath } from '../program.ts';
import { compressExpression } from '../promql/compress.ts';
import { parsePromql } from '../promql/parse.ts';
import { capturedText, runStep, type StepFacts } from './steps/run-step.ts';

export type FollowRunbook = {
  readonly runbook: Runbook;
  readonly environment: Environment;
  /** Private; the steps' home, and where the `gameday` of their PATH lies. */
  readonly folder: string;
  readonly session: { readonly url: string; readonly token: string };
  readonly runId: string;
  /** The ranges of the runbook's own queries are the team's time, like those of the rules. */
  readonly speed: number;
  readonly clock: Clock;
  readonly record: (fact: JournalFact) => void;
  readonly signal: AbortSignal;
};

export const followRunbook = async (options: FollowRunbook): Promise<'ok' | 'failed' | 'blocked'> => {
  const { runbook, environment, folder, session, runId, speed, clock, record, signal } = options;
  const shell = prepareShell(folder, session);
  const earlier = new Map<string, StepFacts>();
  const vars = new Map<string, string>();
  record({ type: 'runbook.started', file: runbook.file, steps: runbook.steps.map(({ name }) => name) });
  let claim: 'ok' | 'failed' | 'blocked' = 'ok';
  for (const written of runbook.steps) {
    const step = atSpeed(written, speed);
    record({
      type: 'step.started',
      step: step.name,
      section: step.section,
      language: step.language,
      danger: step.danger,
      line: step.at.line,
    });
    const { outcome, detail, sqlState, attempts, facts } = await runStep(step, {
      connectionString: environment.postgres.connectionString,
      prometheusUrl: environment.prometheusUrl,
      applicationName: `gameday/${runId}/${step.name}`,
      shell,
      earlier,
      vars,
      clock,
      signal,
    });
    record({
      type: 'step.finished',
      step: step.name,
      outcome,
      detail,
      attempts,
      ...(sqlState === undefined ? {} : { sqlState }),
    });
    signal.throwIfAborted();
    earlier.set(step.name, facts);
    if (outcome === 'passed') {
      if (step.capture !== undefined) vars.set(step.capture, capturedText(facts));
      continue;
    }
    claim = outcome === 'failed' || outcome === 'timed-out' ? 'failed' : 'blocked';
    break;
  }
  record({ type: 'runbook.finished', claim });
  return claim;
};

const atSpeed = (step: Step, speed: number): Step => {
  if (step.language !== 'promql') return step;
  const parsed = parsePromql(step.body);
  const compressed = parsed.ok ? compressExpression(parsed.expression, speed) : undefined;
  // What cannot be compressed is asked as it stands; what cannot be read is answered by the server, in its own words.
  return compressed?.ok === true ? { ...step, body: compressed.text } : step;
};

/** A shell's surroundings: this very `gameday` first on the PATH, and the session it talks to. */
const prepareShell = (
  folder: string,
  session: FollowRunbook['session'],
): { path: string; env: Record<string, string>; cwd: string } => {
  const bin = join(folder, 'bin');
  const cwd = join(folder, 'home');
  mkdirSync(bin, { recursive: true, mode: 0o700 });
  mkdirSync(cwd, { recursive: true, mode: 0o700 });
  const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
  const main = programPath('../cli/main.ts', import.meta.url);
  writeFileSync(join(bin, 'gameday'), `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(main)} "$@"\n`, {
    mode: 0o700,
  });
  const path = [bin, '/usr/local/bin', '/usr/bin', '/bin'].join(':');
  return { path, cwd, env: { GAMEDAY_URL: session.url, GAMEDAY_TOKEN: session.token } };
};
