import { describe, expect, test } from 'vitest';
import { commentSql, markerIn, withMarker, withoutMarker } from './marker.ts';

const marker = { environment: 'staging', cluster: '7711168802214492382' };

describe.each([null, 'Orders and stock; ask team-shop', 'two\nlines'])('the comment %j', (comment) => {
  test('keeps what it says when it is marked, and says only that when the marker is gone', () => {
    const marked = withMarker(comment, marker);
    expect(markerIn(marked)).toEqual(marker);
    expect(marked.startsWith(comment ?? '')).toBe(true);
    expect(withoutMarker(marked)).toBe(comment);
  });

  test('has one marker, the last that was set', () => {
    const again = { ...marker, environment: 'load-test' };
    expect(markerIn(withMarker(withMarker(comment, marker), again))).toEqual(again);
    expect(withoutMarker(withMarker(withMarker(comment, marker), again))).toBe(comment);
  });
});

test('a sentence about the marker is none', () => {
  expect(markerIn('do not write: gameday may break this database on purpose (environment x, cluster 1)')).toBe(null);
  expect(markerIn('gameday may break this database on purpose (environment x, cluster y)')).toBe(null);
});

test('quotes and backslashes arrive as they are', () => {
  expect(commentSql('sh"op', String.raw`it's C:\x`)).toBe(String.raw`COMMENT ON DATABASE "sh""op" IS E'it''s C:\\x'`);
  expect(commentSql('shop', null)).toBe('COMMENT ON DATABASE "shop" IS NULL');
});
