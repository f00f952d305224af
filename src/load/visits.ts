/** What buyers come for: a purchase at the built-in shop, or one of the routes of a team's own service. */
import type { Visit } from './config.ts';
import type { Ask } from './front-door.ts';

/** They look at the products and, if there are any, check out at the same instance. */
export const purchase: Visit = {
  weight: 1,
  asks: [
    { method: 'GET', path: '/products', headers: {} },
    { method: 'POST', path: '/checkout', headers: {} },
  ],
};

/** As gameday.yaml has it. */
type Route = Pick<Ask, 'method' | 'path' | 'headers'> & {
  readonly body: string | null;
  readonly weight: number;
  readonly expect: { readonly status: number | null; readonly contains: string | null };
};

/** A redirection is an answer, too, unless another status is asked for. */
export const visitOf = ({ method, path, headers, body, weight, expect }: Route): Visit => ({
  weight,
  asks: [
    {
      ...{ method, path, headers },
      ...(body === null ? {} : { body }),
      expect: {
        statuses: expect.status === null ? [200, 399] : [expect.status, expect.status],
        contains: expect.contains,
      },
    },
  ],
});
