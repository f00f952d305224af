/**
 * How much a shell text may harm. A shell can do anything, so only a short list of plain commands counts as reading; whatever
 * is unknown, or written in a way this reader does not follow, counts as `write`.
 */
import { readSql, worst, type Judgement } from './sql-danger.ts';

export const shellJudgement = (text: string): Judgement => {
  const commands = commandsOf(text);
  if (commands === undefined) return { danger: 'write', because: 'its shell syntax goes beyond plain commands' };
  return worst(commands.map(judgeCommand));
};

/**
 * Splits at `;`, `&&`, `||`, `|` and line ends into words.
 *
 * @returns undefined where the text expands commands, writes to files or is not understood.
 */
const commandsOf = (text: string): readonly (readonly string[])[] | undefined => {
  const lexeme =
    /(?<skip>[ \t]+|\\\n|#[^\n]*)|(?<end>;|&&|\|\|?|\n)|(?<quiet>2>&1|[12]?>\s*\/dev\/null)|(?<word>(?:[^\s;&|<>"'`$\\#(){}]|(?<=\S)#|'[^']*'|"(?:[^"`$\\]|\$\w+|\$\{\w+\})*"|\$\w+|\$\{\w+\})+)/y;
  const commands: string[][] = [[]];
  while (lexeme.lastIndex < text.length) {
    const groups = lexeme.exec(text)?.groups;
    if (groups === undefined) return undefined;
    if (groups['end'] !== undefined) commands.push([]);
    const word = groups['word'];
    if (word !== undefined) commands.at(-1)?.push(word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'));
  }
  return commands.filter((words) => words.length > 0);
};

const reading = new Set('cat cut echo false grep head jq ls printf pwd sleep tail test tr true wc ['.split(' '));

const judgeCommand = ([command = '', ...rest]: readonly string[]): Judgement => {
  const read: Judgement = { danger: 'read', because: `${command} only reads` };
  const write: Judgement = { danger: 'write', because: `${command} is not known to only read` };
  const [first = '', second = ''] = rest;
  const does = (danger: 'write' | 'restart' | 'destroy', words: string): Judgement => ({
    danger,
    because: `it runs ${words}`,
  });
  if (reading.has(command)) return read;
  switch (command) {
    case 'gameday':
      return first === 'env' && second === 'restart'
        ? does('restart', 'gameday env restart')
        : does('write', `gameday ${first} ${second}`.trim());
    case 'curl':
      return curlReads(rest) ? read : does('write', 'curl with more than a GET');
    case 'psql':
      return judgePsql(rest) ?? write;
    case 'kubectl':
      if (['get', 'describe', 'logs'].includes(first)) return read;
      return first === 'delete' ? does('destroy', 'kubectl delete') : write;
    case 'docker':
      return first === 'rm'
        ? does('destroy', 'docker rm')
        : first === 'restart'
          ? does('restart', 'docker restart')
          : write;
    case 'systemctl':
      return ['restart', 'stop', 'reload'].includes(first) ? does('restart', `systemctl ${first}`) : write;
    case 'pg_ctl':
      return rest.includes('restart') || rest.includes('stop') ? does('restart', 'pg_ctl') : write;
    case 'kill':
      return rest.some((word) => /^-(?:9|KILL|SIGKILL)$/.test(word)) ? does('destroy', `kill ${first}`) : write;
    case 'rm':
      return does('destroy', 'rm');
    default:
      return write;
  }
};

/** Options that leave curl a GET or HEAD whose answer goes to standard output. */
const curlFlag =
  /^-(?:[sSfLiIvkgG]+|-(?:silent|show-error|fail|fail-with-body|location|include|head|verbose|insecure|get))$/;
const curlWithValue = /^-(?:m|H|w|A|-max-time|-connect-timeout|-header|-write-out|-user-agent|-retry)$/;

const curlReads = (words: readonly string[]): boolean => {
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (curlWithValue.test(word)) index += 1;
    else if (/^(?:-X|--request)$/.test(word)) {
      index += 1;
      if (!/^(?:GET|HEAD)$/.test(words[index] ?? '')) return false;
    } else if (word.startsWith('-') && !curlFlag.test(word)) return false;
  }
  return true;
};

/** `psql -c 'SQL'` is as dangerous as its SQL; undefined for every other use of psql. */
const judgePsql = (words: readonly string[]): Judgement | undefined => {
  const judgements: Judgement[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (/^-\w*c$/.test(word) || word === '--command') {
      index += 1;
      const sql = readSql(words[index] ?? '');
      if (!sql.ok) return undefined;
      judgements.push(sql.judgement);
    } else if (/^-[dhpUFRv]$/.test(word)) index += 1;
    else if (word.startsWith('-') && !/^-[AXatqwxz0]+$/.test(word)) return undefined;
  }
  return judgements.length === 0 ? undefined : worst(judgements);
};
