/** One row of the screen. Every text that is drawn, ours or foreign, passes the gate here, and is cut here. */
import { Box, Text } from 'ink';
import stringWidth from 'string-width';
import { memo, type ReactElement } from 'react';
import { toCells } from '../to-cells.ts';
import { useLook, type Tone } from './look.ts';

/** `dim` is decoration only: many themes make it unreadable. */
export type Span = {
  readonly text: string;
  readonly tone?: Tone | undefined;
  readonly bold?: boolean | undefined;
  readonly dim?: boolean | undefined;
  readonly inverse?: boolean | undefined;
};

/** Plain text, or text in pieces of different weight. */
export type LineContent = string | readonly Span[];

export const spansOf = (content: LineContent): readonly Span[] =>
  typeof content === 'string' ? [{ text: content }] : content;

/** Cut to `width` cells; what does not fit ends in `…`. */
export const fitted = (content: LineContent, width: number): readonly Span[] => {
  const kept: Span[] = [];
  let left = width;
  for (const span of spansOf(content)) {
    if (left <= 0) break;
    const text = toCells(span.text, { width: left });
    left -= stringWidth(text);
    kept.push({ ...span, text });
  }
  return kept;
};

type LineProps = { readonly content: LineContent; readonly width: number };

/** Most rows are the same from one frame to the next, and a row that is told the same again costs nothing. */
export const Line = memo(({ content, width }: LineProps): ReactElement => {
  const { palette } = useLook();
  // Yoga would squeeze a row to nothing and print it over its neighbour; a row keeps its height.
  return (
    <Box flexShrink={0} height={1} width={width}>
      <Text wrap="truncate">
        {fitted(content, width).map(({ text, tone, bold, dim, inverse }, index) => (
          <Text
            key={index}
            {...(tone !== undefined && { color: palette[tone] })}
            bold={bold === true}
            dimColor={dim === true}
            inverse={inverse === true}
          >
            {text}
          </Text>
        ))}
      </Text>
    </Box>
  );
});
