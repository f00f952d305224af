/** What is wrong with the form of an expression, before its meaning is looked at. */
import type { Tree } from '@lezer/common';
import type { Span } from './expression.ts';

const textOrTrailingDot =
  /"(?:\\[\s\S]|[^"\\])*"?|'(?:\\[\s\S]|[^'\\])*'?|`[^`]*`|#.*|(?<![\w:.])(\d[\d_]*)\.(?![\w.])/g;

/** `5.` is a number, which the grammar does not know: its dot becomes a space, so that all offsets stay. */
export const withoutTrailingDots = (text: string): string =>
  text.replace(textOrTrailingDot, (whole, digits?: string) => (digits === undefined ? whole : `${digits} `));

/** Every place where the text leaves the grammar; those that only follow from an earlier one are left out. */
export const syntaxProblems = (tree: Tree, text: string): readonly (Span & { message: string })[] => {
  if (text.trim() === '') return [{ message: 'the expression is empty', from: 0, to: text.length }];
  const problems: { from: number; to: number }[] = [];
  tree.iterate({
    enter: (node) => {
      if (!node.type.isError) return;
      const last = problems.at(-1);
      if (last !== undefined && node.from <= last.to + 1) {
        last.to = Math.max(last.to, node.to);
        return;
      }
      problems.push({ from: node.from, to: node.to });
    },
  });
  const unknown = problems[0] && unknownFunction(text, problems[0].from);
  if (unknown !== undefined) return [unknown];
  return problems.map(({ from, to }) => ({ message: messageAt(text, from), from, to }));
};

/** A name that the grammar did not take for a function, with an opening bracket at `from`. */
const unknownFunction = (text: string, from: number): (Span & { message: string }) | undefined => {
  const called = text[from] === '(' ? /([A-Za-z_]\w*)\s*$/.exec(text.slice(0, from)) : null;
  const [, name = ''] = called ?? [];
  return called === null
    ? undefined
    : { message: `there is no function ${name}`, from: called.index, to: called.index + name.length };
};

const messageAt = (text: string, from: number): string => {
  const open = openBracket(text.slice(0, from));
  const rest = text.slice(from).trimStart();
  if (rest === '') return open === '' ? 'the expression ends too early' : `${open} is never closed`;
  const [token] = /^(?:[\w:]+|"[^"]*"?|'[^']*'?|[^\s\w])/.exec(rest) ?? [rest];
  return `${token} is not possible here`;
};

/** The innermost bracket that is open at the end of `text`, or nothing. */
const openBracket = (text: string): string => {
  const open: string[] = [];
  for (const [token] of text.matchAll(/"(?:\\[\s\S]|[^"\\])*"?|'(?:\\[\s\S]|[^'\\])*'?|`[^`]*`?|#.*|[()[\]{}]/g)) {
    if ('([{'.includes(token)) open.push(token);
    else if (')]}'.includes(token)) open.pop();
  }
  return open.at(-1) ?? '';
};
