/** What is said where a team's own service, or a command of it, does not do what it should: with the end of its log. */
import { GamedayError } from '../../errors.ts';

/** `text`: its end, whole lines. `file`: where all of it is, or will be. */
export type EndOfLog = { readonly text: string; readonly file: string };

export const serviceFailure = (message: string, log: EndOfLog, hint?: string): GamedayError => {
  const end = logEndWords(log);
  return new GamedayError('ENVIRONMENT_FAILED', { message, hint: hint === undefined ? end : `${hint}; ${end}` });
};

export const logEndWords = ({ text, file }: EndOfLog): string => {
  const lines = text.split('\n').filter((line) => !noise.test(line));
  return lines.length === 0 ? `see ${file}` : `its log ends: ${lines.slice(-8).join('\n')}`;
};

/** Nothing, where in the code it went wrong, and what a shell says of what we ended. */
const noise = /^\s*$|^\s+at |^(?:Terminated|Killed)$/;
