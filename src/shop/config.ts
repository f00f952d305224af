/**
 * Two configurations. The program's own (`ShopConfig`) is written by whoever starts the shop and says where it stands;
 * the settings file is the one an operator edits during an incident. It is read once, at the start: a change takes
 * effect with a restart.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { GamedayError } from '../errors.ts';

/** What `main.ts` is started with. */
export type ShopConfig = {
  /** The settings file. */
  readonly configFile: string;
  /** Port 0 takes a free one; the ready value tells which. */
  readonly listen: { readonly host: string; readonly port: number };
  /** `shop-1`; also the `application_name` of its database sessions. */
  readonly instance: string;
  readonly accessLogFile: string;
};

/** What `main.ts` says when it can be used: `http://127.0.0.1:8080`, without a slash at the end. */
export type ShopReady = { readonly url: string };

const wholeMs = z.int().nonnegative();

const shopSettings = z
  .strictObject({
    databaseUrl: z.url({ protocol: /^postgres(ql)?$/ }),
    pool: z
      .strictObject({
        max: z.int().positive(),
        /** How long a request waits for a connection, new or handed on; the driver reads 0 as for ever, so 1 or more. */
        acquireTimeoutMs: z.int().positive(),
        /** 0 keeps idle connections for ever. */
        idleTimeoutMs: wholeMs,
      })
      .readonly(),
    /** How long a request of each kind keeps its connection besides the queries themselves. */
    work: z.strictObject({ browseMs: wholeMs, checkoutMs: wholeMs }).readonly(),
  })
  .readonly();

export type ShopSettings = z.infer<typeof shopSettings>;

/**
 * Reads the settings file.
 *
 * @throws {GamedayError} DOCUMENT_INVALID with all problems at once; the database URL, which holds a password, is never shown.
 */
export const readShopSettings = (file: string): ShopSettings => {
  const parsed = shopSettings.safeParse(jsonIn(file));
  if (parsed.success) return parsed.data;
  throw new GamedayError(
    'DOCUMENT_INVALID',
    parsed.error.issues.map(({ path, message }) => ({
      message: `${[file, ...path.map(String)].join(': ')}: ${message}`,
    })),
  );
};

const jsonIn = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new GamedayError('DOCUMENT_INVALID', { message: `${file} cannot be read` }, { cause: error });
  }
};
