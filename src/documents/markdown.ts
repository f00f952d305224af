/** The few things a runbook needs to know about its Markdown: front matter, headings with their slugs, sections, code blocks. */
import type { Code, Heading, Nodes, RootContent } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { frontmatterFromMarkdown } from 'mdast-util-frontmatter';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { toString } from 'mdast-util-to-string';
import { frontmatter } from 'micromark-extension-frontmatter';
import { gfm } from 'micromark-extension-gfm';

export type CodeBlock = {
  /** All that follows the fence on its line, entities decoded; empty for indented code. */
  readonly info: string;
  /** Without the fence's own indentation; lines end with `\n`. */
  readonly text: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
  readonly column: number;
  readonly closed: boolean;
  /** The text of the heading above it. */
  readonly heading: string;
};

/** What stands below one heading of depth 2; `title` is empty for what comes before the first. */
export type MarkdownSection = { readonly title: string; readonly blocks: readonly CodeBlock[] };

export type Markdown = {
  /** YAML front matter, without its fences. */
  readonly frontMatter?: { readonly text: string; readonly line: number };
  /** The first heading of depth 1. */
  readonly title?: string;
  readonly sections: readonly MarkdownSection[];
  /** GitHub's slug of every heading, in document order. */
  readonly anchors: readonly string[];
};

export const parseMarkdown = (text: string): Markdown => {
  const root = fromMarkdown(text, {
    extensions: [gfm(), frontmatter(['yaml', 'toml'])],
    mdastExtensions: [gfmFromMarkdown(), frontmatterFromMarkdown(['yaml', 'toml'])],
  });
  const lines = text.split(/\r\n|\r|\n/);
  const sections: { title: string; blocks: CodeBlock[] }[] = [{ title: '', blocks: [] }];
  let heading = '';
  for (const node of root.children) {
    if (node.type === 'heading') heading = toString(node).trim();
    if (node.type === 'heading' && node.depth <= 2)
      sections.push({ title: node.depth === 2 ? heading : '', blocks: [] });
    else sections.at(-1)?.blocks.push(...codeIn(node).map((code) => blockOf(code, lines, heading)));
  }
  const title = root.children.find((node): node is Heading => node.type === 'heading' && node.depth === 1);
  const yaml = root.children.find((node) => node.type === 'yaml');
  return {
    ...(yaml === undefined ? {} : { frontMatter: { text: yaml.value, line: (yaml.position?.start.line ?? 1) + 1 } }),
    ...(title === undefined ? {} : { title: toString(title).trim() }),
    sections,
    anchors: slugsOf(headingsIn(root).map((node) => toString(node))),
  };
};

/** Code at the top level and in lists; what is quoted is an example. */
const codeIn = (node: RootContent): readonly Code[] => {
  if (node.type === 'code') return [node];
  return node.type === 'list' || node.type === 'listItem' ? node.children.flatMap(codeIn) : [];
};

const headingsIn = (node: Nodes): readonly Heading[] => {
  if (node.type === 'heading') return [node];
  return 'children' in node ? node.children.flatMap(headingsIn) : [];
};

const blockOf = (code: Code, lines: readonly string[], heading: string): CodeBlock => {
  const { start, end } = code.position ?? { start: { line: 1, column: 1 }, end: { line: 1 } };
  const lastLine = lines[end.line - 1] ?? '';
  return {
    info: [code.lang, code.meta].filter((part) => part !== null && part !== undefined).join(' '),
    text: code.value.replaceAll(/\r\n?/g, '\n'),
    line: start.line,
    column: start.column,
    closed: end.line > start.line && /^[\s>]*(?:`{3,}|~{3,})\s*$/.test(lastLine),
    heading,
  };
};

/** GitHub's anchor of a heading, before duplicates are told apart. */
export const slugOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
    .replaceAll(' ', '-');

/** The second heading of the same text gets `-1`, the third `-2`, and never one that another heading has already. */
const slugsOf = (headings: readonly string[]): readonly string[] => {
  const uses = new Map<string, number>();
  return headings.map((heading) => {
    const slug = slugOf(heading);
    let unique = slug;
    while (uses.has(unique)) {
      const count = (uses.get(slug) ?? 0) + 1;
      uses.set(slug, count);
      unique = `${slug}-${count}`;
    }
    uses.set(unique, 0);
    return unique;
  });
};
