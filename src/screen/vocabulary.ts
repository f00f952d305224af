import type { Vocabulary } from '../drill/words.ts';
import type { Model } from './model.ts';

/** What can be named right now: the lists of the briefing, and the alerts that have reached somebody. */
export const vocabularyOf = ({ briefing, alerts }: Model): Vocabulary => ({
  ...briefing,
  alerts: [...new Set(alerts.filter(({ receiver }) => receiver !== null).map(({ alert }) => alert))],
});
