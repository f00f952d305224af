/** The fixed frame of every view: one row of header, the body, one row of keys. It never grows and never scrolls. */
import { Box } from 'ink';
import type { ReactElement, ReactNode } from 'react';
import { Footer, type KeyHint } from './footer.tsx';
import { Line, type LineContent } from './line.tsx';

export type Size = { readonly columns: number; readonly rows: number };

/** Below this nothing can be laid out that a person could use. */
export const smallest: Size = { columns: 60, rows: 16 };

export const bodyRows = ({ rows }: Size): number => rows - 2;

type FrameProps = {
  readonly size: Size;
  readonly header: LineContent;
  readonly keys: readonly KeyHint[];
  /** Exactly `bodyRows(size)` rows. */
  readonly children: ReactNode;
};

export const Frame = ({ size, header, keys, children }: FrameProps): ReactElement => {
  const { columns, rows } = size;
  if (columns < smallest.columns || rows < smallest.rows)
    return (
      <Box width="100%" height={rows} overflow="hidden">
        <Line
          content={`needs ${smallest.columns}x${smallest.rows}, is ${columns}x${rows}: make it larger`}
          width={columns}
        />
      </Box>
    );
  // After a resize Ink draws the old frame once more before this one is told: cut to the new width it cannot wrap.
  return (
    <Box flexDirection="column" width="100%" height={rows} overflow="hidden">
      <Line content={header} width={columns} />
      <Box flexDirection="column" flexShrink={0} height={bodyRows(size)} overflow="hidden">
        {children}
      </Box>
      <Footer keys={keys} width={columns} />
    </Box>
  );
};
