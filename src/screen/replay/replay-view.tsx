/**
 * A finished drill on the screen it was fought on, fed from its journal. Nothing can be done in it, so the command bar's
 * place shows where the replay stands; and since it is over, the truth may be seen: what was broken, and when it healed.
 */
import { useInput, type Key } from 'ink';
import { useEffect, useReducer, useState, type ReactElement } from 'react';
import type { Clock } from '../../clock.ts';
import { briefingOf } from '../../drill/briefing.ts';
import type { JournalEvent } from '../../journal/events.ts';
import { ms, type Ms } from '../../units.ts';
import { clockWords } from '../clock-words.ts';
import { DrillBody } from '../drill/drill-body.tsx';
import { headerLine } from '../drill/header.ts';
import { panelNames, type PanelName } from '../drill/layout.ts';
import { Help } from '../help.tsx';
import { Frame, type Size } from '../kit/frame.tsx';
import { Line, type LineContent } from '../kit/line.tsx';
import { useLook, type Look } from '../kit/look.ts';
import { reduce, startModel, type Model } from '../model.ts';
import { foldTo, type Fold, type Folding } from './fold.ts';
import {
  detectedAt,
  faster,
  happenedBy,
  hasEnded,
  jumped,
  jumpedTo,
  jumpMs,
  pausedOrPlayed,
  playedOn,
  slower,
  startPlayback,
  type Playback,
} from './playback.ts';
import { replayHelp, replayKeys } from './replay-keys.ts';

type ReplayProps = {
  /** Of a drill, its beginning included. */
  readonly journal: readonly JournalEvent[];
  readonly runbooks: readonly string[];
  readonly speed: number;
  /** On the run's clock. */
  readonly atMs: Ms;
  readonly size: Size;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly onQuit: () => void;
};

/** As often as a live drill is drawn at most. */
const tickMs = 250;

/** `seenMs`: up to when the watcher's time has been played. */
type State = { readonly playback: Playback; readonly fold: Fold<Model>; readonly seenMs: Ms };
type Move = { readonly nowMs: Ms; readonly change: (playback: Playback) => Playback };

export const Replay = (props: ReplayProps): ReactElement => {
  const { journal, size, clock, onQuit } = props;
  const look = useLook();
  const [folding] = useState(() => foldingOf(journal, props.runbooks));
  const foldAt = (playback: Playback, before: Fold<Model> | null): Fold<Model> =>
    foldTo(folding, before, happenedBy(journal, playback.atMs));
  const [state, move] = useReducer(
    ({ playback, fold, seenMs }: State, { nowMs, change }: Move): State => {
      const next = change(playedOn(playback, nowMs - seenMs));
      return { playback: next, fold: foldAt(next, fold), seenMs: nowMs };
    },
    null,
    () => {
      const playback = startPlayback(journal, props);
      return { playback, fold: foldAt(playback, null), seenMs: clock.nowMs() };
    },
  );
  const [focus, setFocus] = useState<PanelName>('timeline');
  const [helping, setHelping] = useState(false);
  const standsStill = state.playback.paused || hasEnded(state.playback);

  useEffect(() => {
    if (standsStill) return undefined;
    const timer = setInterval(() => move({ nowMs: clock.nowMs(), change: (playback) => playback }), tickMs);
    return () => clearInterval(timer);
  }, [clock, standsStill]);

  useInput((input, key) => {
    if (helping) return;
    const change = changeOf(input, key);
    if (change !== undefined) move({ nowMs: clock.nowMs(), change });
    else if (key.tab) setFocus((name) => panelBeside(name, key.shift ? -1 : 1));
    else if (input === '?') setHelping(true);
    else if (input === 'q' || key.escape) onQuit();
  });

  const { playback, fold } = state;
  if (helping) return <Help title="Replay" sections={replayHelp} size={size} onBack={() => setHelping(false)} />;
  return (
    <Frame size={size} header={headerLine(fold.model, playback.atMs, null, size.columns)} keys={replayKeys}>
      <DrillBody model={fold.model} nowMs={playback.atMs} size={size} focus={focus} top={null} output={null} />
      <Line content={positionLine(playback, journal, size.columns, look)} width={size.columns} />
      <Line content={stateLine(playback, journal)} width={size.columns} />
    </Frame>
  );
};

const foldingOf = (journal: readonly JournalEvent[], runbooks: readonly string[]): Folding<JournalEvent, Model> => {
  const [started] = journal;
  if (started?.type !== 'run.started') throw new Error('a journal begins with run.started');
  return { events: journal, start: startModel(briefingOf(started, runbooks)), reduce };
};

const changeOf = (input: string, key: Key): ((playback: Playback) => Playback) | undefined => {
  if (input === ' ') return pausedOrPlayed;
  if (key.leftArrow) return (playback) => jumped(playback, -Number(jumpMs));
  if (key.rightArrow) return (playback) => jumped(playback, jumpMs);
  if (key.home || input === 'g') return (playback) => jumpedTo(playback, ms(0));
  if (key.end || input === 'G') return (playback) => jumpedTo(playback, playback.endMs);
  if (input === '+' || input === '=') return faster;
  if (input === '-') return slower;
  if (/^[1-9]$/.test(input)) return (playback) => jumpedTo(playback, ms((Number(input) / 10) * playback.endMs));
  return undefined;
};

const panelBeside = (name: PanelName, step: 1 | -1): PanelName =>
  panelNames[(panelNames.indexOf(name) + step + panelNames.length) % panelNames.length] ?? name;

/** The whole run as a line: what has passed, where it was detected, what is to come. */
const positionLine = (
  { atMs, endMs }: Playback,
  journal: readonly JournalEvent[],
  columns: number,
  { ascii }: Look,
): LineContent => {
  const width = columns - 2;
  const placeOf = (moment: number): number => (endMs === 0 ? 0 : Math.round((moment / endMs) * (width - 1)));
  const detectedMs = detectedAt(journal);
  const signs = ascii ? { passed: '=', coming: '-', detected: '!' } : { passed: '━', coming: '─', detected: '▲' };
  const cells = Array.from({ length: width }, (_, place) => (place <= placeOf(atMs) ? signs.passed : signs.coming));
  if (detectedMs !== null) cells[placeOf(detectedMs)] = signs.detected;
  return ` ${cells.join('')}`;
};

const stateLine = (playback: Playback, journal: readonly JournalEvent[]): LineContent => {
  const { atMs, endMs, speed, paused } = playback;
  const fromMs = detectedAt(journal) ?? ms(0);
  const state = hasEnded(playback) ? 'the end' : paused ? 'paused' : `${speed}x`;
  return [
    { text: ` replay ${state}`, bold: true },
    { text: `  ${sinceWords(atMs - fromMs)} of ${clockWords(endMs - fromMs)}` },
    { text: paused || hasEnded(playback) ? `  at ${speed}x` : '' },
  ];
};

const sinceWords = (sinceMs: number): string => `${sinceMs < 0 ? 'T' : 'T+'}${clockWords(sinceMs)}`;
