/** The keys that act now. The last column stays empty: some consoles scroll when it is written. */
import type { ReactElement } from 'react';
import stringWidth from 'string-width';
import { Line } from './line.tsx';

export type KeyHint = { readonly key: string; readonly does: string };

/** Those that fit, whole; the first are the ones that a person needs most. */
export const Footer = ({
  keys,
  width,
}: {
  readonly keys: readonly KeyHint[];
  readonly width: number;
}): ReactElement => {
  let left = width - 1;
  const fitting = keys.filter(({ key, does }) => (left -= stringWidth(` ${key} ${does} `)) >= 0);
  const spans = fitting.flatMap(({ key, does }) => [{ text: ` ${key}`, bold: true }, { text: ` ${does} ` }]);
  return <Line width={width - 1} content={spans} />;
};
