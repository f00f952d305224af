/** The team's monitoring files as a run has them: at its speed, marked as a drill, and calling nobody but the run. */
import { markPrometheus, markRules } from './drill-mark.ts';
import { pageTheSink } from './page-sink.ts';
import type { Plan } from './plan.ts';
import { compressAlertmanager, compressPrometheus, compressRules } from './speed.ts';

export type MonitoringFiles = { readonly prometheus: string; readonly alertmanager: string; readonly rules: string };

export const filesAtRun = (
  written: MonitoringFiles,
  { speed, monitoring }: Pick<Plan, 'speed' | 'monitoring'>,
): MonitoringFiles => {
  const prometheus = compressPrometheus(written.prometheus, speed);
  const alertmanager = pageTheSink(compressAlertmanager(written.alertmanager, speed));
  const rules = compressRules(written.rules, speed).text;
  const mark = monitoring?.drillMark ?? null;
  return mark === null
    ? { prometheus, alertmanager, rules }
    : { prometheus: markPrometheus(prometheus, mark), alertmanager, rules: markRules(rules, mark) };
};
