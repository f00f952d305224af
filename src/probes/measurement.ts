/** Making one planned measurement. Never throws: what could not be measured is a value of null, and that is never good. */
import type { Bound } from '../documents/experiment.ts';
import { reasonOf } from '../errors.ts';
import type { PlannedProbe } from '../plan/plan.ts';
import type { OperatorSession } from './operator-session.ts';
import { promqlValue } from './promql-value.ts';

export type Measurement = { readonly value: number | null; readonly good: boolean; readonly error?: string };

export type ProbeTargets = { readonly prometheusUrl: string; readonly operator: OperatorSession };

export const measure = async (
  probe: PlannedProbe,
  targets: ProbeTargets,
  signal: AbortSignal,
): Promise<Measurement> => {
  try {
    if (probe.language === 'sql') {
      const holds = await targets.operator.truth(probe.query);
      return { value: holds === null ? null : Number(holds), good: holds === true };
    }
    const value = await promqlValue(targets.prometheusUrl, probe.query, signal);
    return { value, good: isWithin(value, probe) };
  } catch (error) {
    return { value: null, good: false, error: reasonOf(error) };
  }
};

/** Both ends exclusive; no data is within nothing. */
export const isWithin = (value: number | null, { below, above }: Bound): boolean =>
  value !== null && (below === undefined || value < below) && (above === undefined || value > above);
