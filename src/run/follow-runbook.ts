/**
 * The runbook as the responder: its steps in document order, each as the role it names, freshly logged in, under the
 * fault. It stops at the first step that does not pass, as a person would, and what it says at the end is a claim.
 */
import { openRunner, type RunnerParts } from './step-runner.ts';

export const followRunbook = async (parts: RunnerParts): Promise<'ok' | 'failed' | 'blocked'> => {
  const { runbook, record, signal } = parts;
  const run = openRunner(parts);
  record({ type: 'runbook.started', file: runbook.file, steps: runbook.steps.map(({ name }) => name) });
  let claim: 'ok' | 'failed' | 'blocked' = 'ok';
  for (const step of runbook.steps) {
    const { outcome } = await run(step);
    signal.throwIfAborted();
    if (outcome === 'passed') continue;
    claim = outcome === 'failed' || outcome === 'timed-out' ? 'failed' : 'blocked';
    break;
  }
  record({ type: 'runbook.finished', claim });
  return claim;
};
