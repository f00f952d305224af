/**
 * The shop's tables, as text for a superuser to run, and its books: the invariant by which anyone can tell that an outage,
 * a killed connection or a runbook lost or invented goods.
 */

/** Enough rows that two of a dozen concurrent checkouts rarely meet on one: row contention is not part of the steady state. */
export const productCount = 500;

/** Units of each product when the shop opens. */
const stockAtOpening = 1_000;

export const schemaSql = `
create table products (
  id          integer primary key,
  name        text    not null,
  price_cents integer not null check (price_cents > 0),
  stock       integer not null check (stock >= 0),
  restocked   integer not null default 0 check (restocked >= 0)
);
create table orders (
  id         bigint generated always as identity primary key,
  buyer      text,
  instance   text        not null,
  created_at timestamptz not null default now()
);
create table order_lines (
  order_id    bigint  not null references orders,
  product_id  integer not null references products,
  quantity    integer not null check (quantity > 0),
  price_cents integer not null,
  primary key (order_id, product_id)
);
create index order_lines_product_id on order_lines (product_id);
`;

export const seedSql = `
insert into products (id, name, price_cents, stock)
select id,
       (array['Oak', 'Linen', 'Copper', 'Slate', 'Wool', 'Glass', 'Cork', 'Brass', 'Maple', 'Clay'])[1 + id % 10] || ' ' ||
       (array['lamp', 'chair', 'bowl', 'shelf', 'clock', 'tray', 'vase', 'stool', 'mirror', 'basket'])[1 + id / 10 % 10] || ' no. ' || id,
       490 + id * 97 % 9500,
       ${stockAtOpening}
  from generate_series(1, ${productCount}) as id;
analyze products;
`;

/** What the shop's own role may do, and no more: it cannot change prices' history, delete, or alter a table. */
export const grantSql = (role: string): string => {
  const name = `"${role.replaceAll('"', '""')}"`;
  return `
grant usage on schema public to ${name};
grant select, update on products to ${name};
grant select, insert on orders, order_lines to ${name};
`;
};

/**
 * One row `{ stock, sold }` from one snapshot, with `stock + sold` constant whatever happens. Goods enter the shop by
 * restocking and leave by order lines, so `sold` is counted net of restocking: units on order lines minus units restocked
 * since the opening (it can be negative after a long day). Given as double precision, exact to 2^53, because the driver
 * hands a bigint over as text.
 */
export const booksSql = `
select stock::float8 as stock, (ordered - restocked)::float8 as sold
  from (select coalesce(sum(stock), 0) as stock, coalesce(sum(restocked), 0) as restocked from products) as goods,
       (select coalesce(sum(quantity), 0) as ordered from order_lines) as lines
`;
