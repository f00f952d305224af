/**
 * The steps of one runbook, run one at a time by whoever follows it: the runbook itself in `verify`, a person in a drill. What
 * earlier steps found out is kept for later ones, in whatever order they are run.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Runbook, Step } from '../documents/runbook.ts';
import type { Environment } from '../environments/environment.ts';
import type { JournalFact } from '../journal/events.ts';
import { programPath } from '../program.ts';
import { queryAtSpeed } from './query-at-speed.ts';
import { capturedText, runStep, type StepFacts, type StepResult } from './steps/run-step.ts';

export type RunnerParts = {
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

export type RunStep = (step: Step) => Promise<StepResult>;

export const openRunner = (parts: RunnerParts): RunStep => {
  const { environment, folder, session, runId, speed, clock, record, signal } = parts;
  const shell = prepareShell(folder, session);
  const earlier = new Map<string, StepFacts>();
  const vars = new Map<string, string>();
  return async (written) => {
    const { name: step, section, language, danger, at } = written;
    record({ type: 'step.started', step, section, language, danger, line: at.line });
    const result = await runStep(
      language === 'promql' ? { ...written, body: queryAtSpeed(written.body, speed) } : written,
      {
        connectionString: environment.postgres.connectionString,
        prometheusUrl: environment.prometheusUrl,
        applicationName: `gameday/${runId}/${step}`,
        shell,
        earlier,
        vars,
        clock,
        signal,
      },
    );
    const { outcome, detail, sqlState, attempts, facts } = result;
    record({ type: 'step.finished', step, outcome, detail, attempts, ...(sqlState === undefined ? {} : { sqlState }) });
    earlier.set(step, facts);
    if (outcome === 'passed' && written.capture !== undefined) vars.set(written.capture, capturedText(facts));
    return result;
  };
};

/** A shell's surroundings: this very `gameday` first on the PATH, and the session it talks to. */
const prepareShell = (
  folder: string,
  session: RunnerParts['session'],
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
