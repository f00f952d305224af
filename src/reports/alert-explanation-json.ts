/** Explanations for machines: the same facts, keys always in this order. */
import type { AlertExplanation, AlertExplanations, UnexpectedAlert } from '../verdicts/alerts/explanation.ts';
import { reasonIn } from '../verdicts/verdict.ts';

export const explanationsIn = ({ expected, unexpected }: AlertExplanations) => ({
  expected: expected.map(expectedIn),
  unexpected: unexpected.map(unexpectedIn),
});

const expectedIn = ({ alert, labels, receiver, verdict, steps, cause, notes }: AlertExplanation) => ({
  alert,
  labels,
  receiver,
  outcome: verdict.outcome,
  reason: reasonIn(verdict) ?? null,
  detail: verdict.detail,
  cause,
  notes,
  steps: steps.map(({ name, sinceFaultMs, configured }) => ({
    name,
    sinceFaultMs: Math.round(sinceFaultMs),
    configured: configured && { name: configured.name, writtenMs: Math.round(configured.writtenMs) },
  })),
});

const unexpectedIn = ({ alert, trial, labels, sinceFaultMs, value, forMs, examination }: UnexpectedAlert) => ({
  alert,
  trial,
  labels,
  sinceFaultMs: Math.round(sinceFaultMs),
  value,
  expr: examination?.expr ?? null,
  forMs,
  conditions:
    examination?.conditions.map(({ value: query, op, bound, closest, held }) => ({
      ...{ query, op, bound, held },
      closest: closest?.value ?? null,
    })) ?? null,
});
