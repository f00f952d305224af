/** Values of options that several commands have, checked where they are written. */
import { GamedayError } from '../errors.ts';
import { parseDuration, type Ms } from '../units.ts';

export const refused = (option: string, text: string, expected: string, example: string): GamedayError =>
  new GamedayError('USAGE', { message: `${option} is "${text}"; expected ${expected}`, hint: `${option} ${example}` });

export const aSpeed = (text: string): number => {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= 1 && value <= 1_000) return value;
  throw refused('--speed', text, 'a number from 1 (real time) to 1000', '30');
};

export const aSeed = (text: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw refused('--seed', text, 'a whole number from 0 to 999999999', '1');
};

export const aDuration =
  (option: string, example: string) =>
  (text: string): Ms => {
    const value = parseDuration(text);
    if (value !== undefined && value > 0) return value;
    throw refused(option, text, 'a duration longer than 0', example);
  };

export const aPort = (text: string): number => {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new GamedayError('USAGE', { message: `--port ${text} is not a port`, hint: 'a number from 0 to 65535' });
};
