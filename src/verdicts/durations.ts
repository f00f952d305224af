/**
 * Two clocks in one sentence. A run lasts real seconds; the documents speak of the team's own time, of which `speed`
 * seconds pass in each real one. A delay is always shown in both, so that nobody has to trust the multiplication.
 */
import { ms, type Ms } from '../units.ts';

/** How long `real` is in the team's own time. */
export const teamTime = (real: number, speed: number): Ms => ms(real * speed);

/** How long a duration of the documents takes in a run. */
export const realTime = (written: number, speed: number): Ms => ms(written / speed);

/** `1.9 s` */
export const showReal = (real: number): string => `${(real / 1_000).toFixed(1)} s`;

/** Where on the run's clock something happened: `T+9.1 s`. */
export const showMoment = (atMs: number): string => `T+${showReal(atMs)}`;

/** The team's time in words, rounded up to seconds: `57 s`, `2 min`, `2 min 33 s`, `1 h 5 min`, `30 d`. */
export const showTeam = (duration: number): string => {
  // A hair of floating point above a whole second must not become the next one.
  const total = Math.ceil(Math.round(duration) / 1_000);
  const parts = [
    [Math.floor(total / 86_400), 'd'],
    [Math.floor(total / 3_600) % 24, 'h'],
    [Math.floor(total / 60) % 60, 'min'],
    [total % 60, 's'],
  ] as const;
  const shown = parts.filter(([count]) => count > 0).map(([count, name]) => `${count} ${name}`);
  return shown.length === 0 ? '0 s' : shown.slice(0, 2).join(' ');
};

/** `1.9 s, at 30x 57 s of 2 min`; without a bound `1.9 s, at 30x 57 s`; at speed 1 `1.9 s of 2 min`. */
export const showDelay = (real: number, speed: number, bound?: number): string => {
  const team = speed === 1 ? '' : `, at ${speed}x ${showTeam(teamTime(real, speed))}`;
  return `${showReal(real)}${team}${bound === undefined ? '' : ` of ${showTeam(bound)}`}`;
};

/** `4:10`, `1:02:05`, `-0:12`; rounded to whole seconds. */
export const showClock = (duration: number): string => {
  const whole = Math.round(Math.abs(duration) / 1_000);
  const [hours, rest] = [Math.floor(whole / 3_600), whole % 3_600];
  const [minute, second] = [Math.floor(rest / 60), String(rest % 60).padStart(2, '0')];
  const sign = duration < 0 && whole > 0 ? '-' : '';
  return hours === 0 ? `${sign}${minute}:${second}` : `${sign}${hours}:${String(minute).padStart(2, '0')}:${second}`;
};
