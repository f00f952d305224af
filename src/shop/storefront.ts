/** What a buyer does here, as the database sees it. */
import type { Session } from './database.ts';
import { productCount } from './schema.ts';

export type Product = {
  readonly id: number;
  readonly name: string;
  readonly price_cents: number;
  readonly stock: number;
};
export type Order = {
  readonly order: number;
  readonly product: number;
  readonly quantity: number;
  readonly price_cents: number;
};

/** Stands for rendering a page, or for the answer of whoever authorises a payment. */
export type Work = () => Promise<void>;

const pageSize = 20;
const stockLow = 20;
const restockUnits = 500;

/** A page of products with prices and stock. The connection stays checked out while the page renders, as in many a real shop. */
export const browse = async (session: Session, render: Work): Promise<readonly Product[]> => {
  const products = await session.query<Product>(
    'select id, name, price_cents, stock from products where id >= $1 order by id limit $2',
    [randomBelow(productCount - pageSize + 1) + 1, pageSize],
  );
  await render();
  return products;
};

/**
 * Sells one product; runs inside a transaction, which stays open while the payment is authorised. With BEGIN and COMMIT a
 * checkout is six round trips: latency between shop and database counts sixfold. Stock never falls below 0: when it gets
 * low, the same transaction restocks, and says so in `restocked`, so that the books balance (see `booksSql`).
 */
export const checkout = async (
  session: Session,
  { buyer, instance, authorisePayment }: { buyer: string | undefined; instance: string; authorisePayment: Work },
): Promise<Order> => {
  const product = randomBelow(productCount) + 1;
  const quantity = randomBelow(3) + 1;
  const [goods] = await session.query<{ price_cents: number; stock: number }>(
    'select price_cents, stock from products where id = $1 for update',
    [product],
  );
  if (goods === undefined) throw new Error(`product ${product} is gone`);
  const restocked = goods.stock - quantity < stockLow ? restockUnits : 0;
  await session.query('update products set stock = stock + $2 - $3, restocked = restocked + $2 where id = $1', [
    product,
    restocked,
    quantity,
  ]);
  const [order] = await session.query<{ id: string }>(
    'insert into orders (buyer, instance) values ($1, $2) returning id',
    [buyer ?? null, instance],
  );
  await session.query('insert into order_lines (order_id, product_id, quantity, price_cents) values ($1, $2, $3, $4)', [
    order!.id,
    product,
    quantity,
    goods.price_cents,
  ]);
  await authorisePayment();
  return { order: Number(order!.id), product, quantity, price_cents: goods.price_cents };
};

const randomBelow = (end: number): number => Math.floor(Math.random() * end);
