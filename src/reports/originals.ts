/** Which real servers took the place of stand-ins; the verdict must not depend on it, and that can only be checked where it is said. */
import type { Plan } from '../plan/plan.ts';

export const originalWords = ({ originals = {} }: Plan): readonly string[] => [
  ...(originals.prometheus === undefined ? [] : [`monitoring by Prometheus ${originals.prometheus}`]),
  ...(originals.alertmanager === undefined ? [] : [`pages by Alertmanager ${originals.alertmanager}`]),
  ...(originals.toxiproxy === undefined ? [] : [`faults on the wire by Toxiproxy ${originals.toxiproxy}`]),
];
