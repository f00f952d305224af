/**
 * Where an undo may go, and with which secret. A record names addresses without their passwords, and a log that lies in a
 * project may have been written by anybody. So whoever carries a record out asks for each address: the conductor knows its
 * environment, the watchdog was told by its living conductor, and `gameday recover` believes only what the project's own
 * settings name.
 */

/** @returns The whole address, secret included, or undefined where this party may not go. */
export type Reach = (address: string) => string | undefined;

export const reachNothing: Reach = () => undefined;

export const reachOf = (urls: readonly string[]): Reach => {
  const known = new Map(urls.map((url) => [addressOf(url), url]));
  return (address) => known.get(address);
};

/**
 * An address as it may be written down: of a connection string or URL everything but the password. Rather too much is left
 * out than too little: a password with an @ in it ends at the last one.
 */
export const addressOf = (url: string): string =>
  url.replace(/^(\w+:\/\/[^:@/?#]*):.*@/, '$1@').replaceAll(/([?&\s]password=)[^&\s]*/g, '$1');
