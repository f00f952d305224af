/** `HOST:PORT` as Go reads and writes it. */
import { lookup } from 'node:dns/promises';
import type { AddressInfo } from 'node:net';
import { reasonOf } from '../../errors.ts';
import { ApiError } from './api-error.ts';

export type Address = { readonly host: string; readonly port: number };

/** @returns why not, where `text` is not an address. An empty host is every interface. */
export const parseAddress = (text: string): Address | { readonly problem: string } => {
  const colon = text.lastIndexOf(':');
  if (colon === -1) return { problem: `address ${text}: missing port in address` };
  const host = text.slice(0, colon);
  const bracketed = /^\[(.*)\]$/.exec(host)?.[1];
  if (bracketed === undefined && host.includes(':')) return { problem: `address ${text}: too many colons in address` };
  const written = text.slice(colon + 1);
  const port = written === '' ? 0 : Number(written);
  if (!/^\d*$/.test(written) || port > 65_535) return { problem: `address ${written}: invalid port` };
  return { host: bracketed ?? host, port };
};

export const showAddress = ({ host, port }: Address): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

export const boundAddress = ({ address, port }: AddressInfo): string => showAddress({ host: address, port });

/**
 * The address to listen on: names are looked up, IPv4 first; every interface is `::`, which takes IPv4 as well. No text is
 * any port of every interface.
 *
 * @throws {ApiError} 500 with the reason.
 */
export const listenAddress = async (text: string): Promise<Address> => {
  const address = text === '' ? { host: '', port: 0 } : parseAddress(text);
  if ('problem' in address) throw new ApiError(500, `listen tcp: ${address.problem}`);
  const { host, port } = address;
  if (host === '' || host === '0.0.0.0') return { host: '::', port };
  try {
    const found = await lookup(host, { order: 'ipv4first' });
    return { host: found.address, port };
  } catch (error) {
    throw new ApiError(500, `listen tcp: lookup ${host}: no such host (${reasonOf(error)})`, { cause: error });
  }
};
