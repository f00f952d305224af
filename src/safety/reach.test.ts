import { expect, test } from 'vitest';
import { addressOf, reachOf } from './reach.ts';

test.each([
  ['postgresql://op:s3cret@db:5432/shop', 'postgresql://op@db:5432/shop'],
  ['postgresql://op:p@ss/w@db/shop', 'postgresql://op@db/shop'],
  [
    'postgresql://op@/shop?host=%2Ftmp%2Fx&password=s3cret&port=1',
    'postgresql://op@/shop?host=%2Ftmp%2Fx&password=&port=1',
  ],
  ['postgresql://postgres@/shop?host=%2Ftmp%2Fx', 'postgresql://postgres@/shop?host=%2Ftmp%2Fx'],
  ['host=db user=op password=s3cret', 'host=db user=op password='],
  ['http://127.0.0.1:8474', 'http://127.0.0.1:8474'],
])('%s is written down as %s', (url, address) => {
  expect(addressOf(url)).toBe(address);
});

test('an address leads to the whole of it where it is known, and nowhere else', () => {
  const reach = reachOf(['postgresql://op:s3cret@db/shop']);
  expect(reach('postgresql://op@db/shop')).toBe('postgresql://op:s3cret@db/shop');
  expect(reach('postgresql://op@elsewhere/shop')).toBeUndefined();
});
