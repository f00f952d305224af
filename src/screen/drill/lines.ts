/** The drill's lists as lines of words: pure, so that what a panel says can be read in a test without drawing it. */
import { isActive, type AlertSeen } from '../alerts-seen.ts';
import { clockWords } from '../clock-words.ts';
import type { LineContent } from '../kit/line.tsx';
import stringWidth from 'string-width';
import { glyph, type Look, type Tone } from '../kit/look.ts';
import type { ScrollTop } from '../kit/scroll.ts';
import { sinceDetection, type Model } from '../model.ts';
import { ghostAt, paceOf } from '../pace.ts';
import type { EntryKind } from '../timeline.ts';
import { padCells } from '../to-cells.ts';
import { wrapCells } from '../wrap-cells.ts';
import { ms, type Ms } from '../../units.ts';
import type { PanelName } from './layout.ts';

/** The lines of one panel of text. */
export const panelLines = (
  name: Exclude<PanelName, 'charts'>,
  {
    model,
    nowMs,
    width,
    look,
  }: { readonly model: Model; readonly nowMs: Ms; readonly width: number; readonly look: Look },
): readonly LineContent[] => {
  switch (name) {
    case 'timeline':
      return timelineLines(model, width);
    case 'original':
      return ghostLines(model, nowMs, width, look);
    case 'alerts':
      return alertLines(model, nowMs, width, look);
    case 'board':
      return boardLines(model, width);
    default:
      return name satisfies never;
  }
};

const entryTones: Readonly<Partial<Record<EntryKind, Tone>>> = { alert: 'critical', note: 'warning', truth: 'truth' };
/** Our own columns: `  12:40 `. */
const timeWidth = 8;

/** What happened, oldest first. What others say to the team is shown whole, the rest on two lines at most. */
export const timelineLines = (model: Model, width: number): readonly LineContent[] =>
  model.timeline.flatMap(({ atMs, kind, words }) => {
    const time = clockWords(sinceDetection(model, atMs) ?? atMs).padStart(timeWidth - 2);
    const told = wrapCells(words, Math.max(8, width - timeWidth));
    const [first = '', ...rest] = told;
    const second = kind === 'note' || rest.length < 2 ? rest : [rest.join(' ')];
    return [first, ...second].map((text, index) => [
      { text: index === 0 ? `${time}  ` : ' '.repeat(timeWidth) },
      { text, tone: entryTones[kind], bold: kind === 'alert' },
    ]);
  });

/** The original team beside ours: `●` it was there by now, `·` it was not yet. */
export const ghostLines = (model: Model, nowMs: Ms, width: number, look: Look): readonly LineContent[] => {
  const { ghost } = model.briefing;
  if (ghost.length === 0) return ['no postmortem to compare'];
  const since = sinceDetection(model, endOr(model, nowMs)) ?? ms(-1);
  const { passed, next } = ghostAt(ghost, since);
  return ghost.flatMap((moment, index): readonly LineContent[] => {
    const sign = glyph(index < passed.length ? 'ok' : 'notYet', look);
    const coming = moment === next && since >= 0 ? ` in ${clockWords(moment.atMs - since)}` : '';
    const what = `${moment.milestone.replace('_', ' ')} ${moment.about ?? ''}`.trim() + coming;
    const head = `${clockWords(moment.atMs).padStart(5)} ${sign} `;
    return wrapCells(what, Math.max(8, width - head.length)).map((text, row) => [
      { text: row === 0 ? head : ' '.repeat(head.length) },
      { text, bold: index === passed.length - 1 },
    ]);
  });
};

/** `1:20 ahead (notified)`, `3:05 behind (escalated, not yet)`. */
export const paceWords = (model: Model, nowMs: Ms): string => {
  const pace = paceOf(model.briefing.ghost, model.reached, endOr(model, nowMs));
  if (pace === null) return 'nothing to compare yet';
  const { milestone, aheadMs, overdue } = pace;
  return `${distanceWords(aheadMs)} (${milestone}${overdue ? ', not yet' : ''})`;
};

/** Only how far: `1:20 ahead`; empty where nothing can be compared. */
export const paceShort = (model: Model, nowMs: Ms): string => {
  const pace = paceOf(model.briefing.ghost, model.reached, endOr(model, nowMs));
  return pace === null ? '' : distanceWords(pace.aheadMs);
};

const distanceWords = (aheadMs: Ms): string =>
  Math.abs(aheadMs) < 1_000 ? 'level' : `${clockWords(Math.abs(aheadMs))} ${aheadMs < 0 ? 'behind' : 'ahead'}`;

/** After the end the clock stands. */
const endOr = (model: Model, nowMs: Ms): Ms => (model.phase === 'over' ? model.atMs : nowMs);

const stageLooks = {
  delivered: { glyph: 'critical', tone: 'critical' },
  firing: { glyph: 'critical', tone: 'critical' },
  pending: { glyph: 'pending', tone: 'warning' },
  cleared: { glyph: 'ok', tone: 'ok' },
  resolved: { glyph: 'ok', tone: 'ok' },
} as const satisfies Record<AlertSeen['stage'], unknown>;
const stages = Object.keys(stageLooks);

/** The worst first; an alert's age is the time since it fired, of the others the time since their stage began. */
export const alertLines = (model: Model, nowMs: Ms, width: number, look: Look): readonly LineContent[] => {
  if (model.alerts.length === 0) return ['none, all quiet'];
  const names = model.alerts.map(({ alert }) => alert);
  return model.alerts
    .toSorted((left, right) => stages.indexOf(left.stage) - stages.indexOf(right.stage))
    .flatMap((seen): readonly LineContent[] => {
      const { glyph: sign, tone } = stageLooks[seen.stage];
      const twice = names.filter((name) => name === seen.alert).length > 1;
      const name = twice ? `${seen.alert} ${ownLabels(seen)}` : seen.alert;
      const age = clockWords(endOr(model, nowMs) - (isActive(seen) ? (seen.firedMs ?? seen.sinceMs) : seen.sinceMs));
      const state = `${seen.stage} ${age}${seen.acknowledged ? ' ack' : ''}`;
      const head = { text: `${glyph(sign, look)} `, tone };
      const room = width - 3 - state.length;
      // Names often differ in their last word only, so they are not cut as long as there is another row.
      return stringWidth(name) <= room
        ? [[head, { text: padCells(name, room), bold: isActive(seen) }, { text: ` ${state}`, tone }]]
        : [
            [head, { text: name, bold: isActive(seen) }],
            [{ text: '  ' }, { text: state, tone }],
          ];
    });
};

/** What tells two alerts of one name apart. */
const ownLabels = ({ labels }: AlertSeen): string =>
  Object.entries(labels)
    .filter(([name]) => name !== 'severity' && name !== 'alertname')
    .map(([, value]) => value)
    .join(' ');

export const boardLines = ({ board, hints }: Model, width: number): readonly LineContent[] => {
  const causes = (status: string): string =>
    board.hypotheses
      .filter((hypothesis) => hypothesis.status === status)
      .map(({ cause }) => cause)
      .join(', ');
  const taken = hints.filter(({ text }) => text !== null).map(({ level }) => level);
  const offered = hints
    .filter(({ text }) => text === null)
    .map(({ level, cost }) => (cost === 0 ? level : `${level} -${cost}`));
  const rows: readonly (readonly [string, string])[] = [
    ['severity', [board.severity ?? 'none', ...(board.lead === null ? [] : [`lead ${board.lead}`])].join(', ')],
    ['focus', board.focus ?? ''],
    ['confirmed', causes('confirmed')],
    ['suspected', causes('suspected')],
    ['ruled out', causes('ruled-out')],
    ['called', board.escalatedTo.join(', ')],
    ['hints', [...taken.map((level) => `${level} taken`), ...offered].join(', ')],
  ];
  return rows.flatMap(([label, text]) =>
    wrapCells(text === '' ? '-' : text, Math.max(8, width - 10)).map((line, index) => [
      { text: (index === 0 ? label : '').padEnd(10) },
      { text: line, bold: text !== '' },
    ]),
  );
};

/** Where there is no room for the board: one line of what is set. */
export const boardLine = ({ board }: Model): string => {
  const count = (status: string): number => board.hypotheses.filter((each) => each.status === status).length;
  const parts = [
    board.focus === null ? 'focus -' : `focus ${board.focus}`,
    ...board.hypotheses.filter(({ status }) => status === 'confirmed').map(({ cause }) => `confirmed ${cause}`),
    `suspected ${count('suspected')}`,
    `ruled out ${count('ruled-out')}`,
    ...(board.lead === null ? [] : [`lead ${board.lead}`]),
    ...board.escalatedTo.map((role) => `called ${role}`),
  ];
  return ` ${parts.join('  ')}`;
};

/** Where a panel's text begins to be seen as long as nobody scrolls: the timeline at its end, the original team where it is. */
export const restingTop = (
  name: Exclude<PanelName, 'charts'>,
  lines: readonly LineContent[],
  height: number,
): ScrollTop => {
  if (name === 'timeline') return null;
  if (name !== 'original') return 0;
  const here = lines.findLastIndex((line) => typeof line !== 'string' && line.some(({ bold }) => bold === true));
  return Math.max(0, here - Math.floor(height / 2));
};
