/** A framed part of the screen with its name in the frame. What does not fit is cut here, never by the layout. */
import { Box, Text } from 'ink';
import type { ReactElement } from 'react';
import stringWidth from 'string-width';
import { toCells } from '../to-cells.ts';
import { Line, type LineContent } from './line.tsx';
import { glyph, useLook } from './look.ts';

/** Of the text inside a panel: both borders, and a space beside each. */
export const panelTextWidth = (width: number): number => Math.max(0, width - 4);
export const panelTextHeight = (height: number): number => Math.max(0, height - 2);

export type PanelProps = {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly lines: readonly LineContent[];
  /** Said by a bar and by weight, not by colour alone. */
  readonly focused?: boolean;
  /** A few words in the lower border: what is hidden below. */
  readonly foot?: string;
};

export const Panel = ({ title, width, height, lines, focused = false, foot = '' }: PanelProps): ReactElement => {
  const look = useLook();
  const textWidth = panelTextWidth(width);
  const rows = lines.slice(0, panelTextHeight(height));
  const head = focused ? `${glyph('focus', look)}${title} ` : ` ${title} `;
  return (
    <Box flexDirection="column" flexShrink={0} width={width} height={height}>
      <Border corners={look.ascii ? '+-+' : '┌─┐'} label={head} at="start" width={width} bold={focused} />
      <Box
        flexDirection="column"
        flexShrink={0}
        width={width}
        height={panelTextHeight(height)}
        borderStyle={look.ascii ? 'classic' : 'single'}
        borderTop={false}
        borderBottom={false}
        paddingX={1}
      >
        {rows.map((content, index) => (
          <Line key={index} content={content} width={textWidth} />
        ))}
      </Box>
      <Border corners={look.ascii ? '+-+' : '└─┘'} label={foot === '' ? '' : ` ${foot} `} at="end" width={width} />
    </Box>
  );
};

type BorderProps = {
  readonly corners: string;
  readonly label: string;
  readonly at: 'start' | 'end';
  readonly width: number;
  readonly bold?: boolean;
};

const Border = ({ corners, label, at, width, bold = false }: BorderProps): ReactElement => {
  const [left = '', stroke = '', right = ''] = corners;
  const words = toCells(label, { width: Math.max(0, width - 4) });
  const strokes = stroke.repeat(Math.max(0, width - 2 - stringWidth(words)));
  return (
    <Box flexShrink={0} height={1} width={width}>
      <Text wrap="truncate">
        {left}
        {at === 'end' && strokes}
        <Text bold={bold}>{words}</Text>
        {at === 'start' && strokes}
        {right}
      </Text>
    </Box>
  );
};
