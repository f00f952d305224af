/**
 * A drill told in sentences, one per line, for who hears a screen or reads it line by line: nothing is redrawn, and only
 * what is new is said. Its clock is that of the events, so it needs no other.
 */
import type { Briefing, GhostMoment } from '../drill/briefing.ts';
import type { JournalEvent } from '../journal/events.ts';
import { eventWords } from '../journal/words.ts';
import { formatDuration, ms, seconds, type Ms } from '../units.ts';
import { clockWords } from './clock-words.ts';
import { reduce, sinceDetection, startModel, type Model } from './model.ts';
import { toCells } from './to-cells.ts';

export type Narration = {
  readonly model: Model;
  /** When the charts were told last; null before the first time. */
  readonly chartsMs: Ms | null;
};

/** Charts change all the time; more often than this they would talk over what happens. */
const chartsEvery = seconds(30);

export const startNarration = (briefing: Briefing): Narration => ({ model: startModel(briefing), chartsMs: null });

/** What a responder is told before anything happens. */
export const opening = ({ experiment, mode, limitMs, timeScale, ghost }: Briefing): readonly string[] => [
  toCells(`${experiment.title}: ${mode}, ${formatDuration(limitMs)} at most.`),
  'You are on call, and all is quiet. Times count from the alert that pages you.',
  ...(ghost.length === 0 ? [] : [`The original team is told beside yours, ${timeScale} times as fast as it was.`]),
  'help shows the words, charts the measurements, stop undoes everything and ends the drill.',
];

/** @returns The narration after `event`, and what there is to say. */
export const narrate = (
  { model, chartsMs }: Narration,
  event: JournalEvent,
): { readonly narration: Narration; readonly lines: readonly string[] } => {
  const next = reduce(model, event);
  if (next === model) return { narration: { model, chartsMs }, lines: [] };
  const words = eventWords(event);
  const due = event.type === 'load.measured' && (chartsMs === null || event.atMs - chartsMs >= chartsEvery);
  const charts = due ? chartWords(next) : null;
  return {
    narration: { model: next, chartsMs: charts === null ? chartsMs : event.atMs },
    lines: [
      ...ghostSince(model, next),
      ...(words === undefined ? [] : [sentence(next, event.atMs, words)]),
      ...(charts === null ? [] : [sentence(next, event.atMs, charts)]),
    ],
  };
};

/** `T+3:41 acknowledged`; before anything was detected, `on call: …`. */
export const sentence = (model: Model, atMs: Ms, words: string): string => {
  const since = sinceDetection(model, atMs);
  return toCells(since === null ? `on call: ${words}` : `T+${clockWords(since)} ${words}`);
};

/** `connections 20 of 20, 31 waiting; 74 % of requests fail; p95 2.1 s`; null before anything was measured. */
export const chartWords = ({ series, connectionsLimit }: Model): string | null => {
  const { connections, waiting, failed, p95Ms } = series;
  const limit = connectionsLimit === null ? '' : ` of ${connectionsLimit}`;
  const parts = [
    ...(connections.buckets.length === 0 ? [] : [`connections ${connections.now ?? 'cannot be read'}${limit}`]),
    ...(waiting.now === null ? [] : [`${waiting.now} waiting`]),
  ];
  const told = [
    ...(parts.length === 0 ? [] : [parts.join(', ')]),
    ...(failed.now === null ? [] : [`${Math.round(failed.now * 100)} % of requests fail`]),
    ...(p95Ms.now === null ? [] : [`p95 ${(p95Ms.now / 1_000).toFixed(p95Ms.now < 1_000 ? 2 : 1)} s`]),
  ];
  return told.length === 0 ? null : told.join('; ');
};

/** The moments of the original incident that came between two models. */
const ghostSince = (before: Model, after: Model): readonly string[] => {
  const since = sinceDetection(after, after.atMs);
  if (since === null) return [];
  const passed = sinceDetection(before, before.atMs) ?? -1;
  return after.briefing.ghost
    .filter(({ atMs }) => atMs > passed && atMs <= since)
    .map((moment) => sentence(after, ms((after.detectedMs ?? 0) + moment.atMs), ghostWords(moment)));
};

const ghostWords = ({ milestone, about, asWrittenMs }: GhostMoment): string =>
  `the original team, after ${formatDuration(asWrittenMs)}: ${milestone.replaceAll('_', ' ')}${about === null ? '' : `, ${about}`}`;
