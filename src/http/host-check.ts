import { isIPv4, isIPv6 } from 'node:net';

/**
 * Whether a request that names this host may be answered.
 *
 * A page on the web can have its own name resolve to an address of this machine and then read what it serves, as if it
 * came from the page's own origin (DNS rebinding). Such a request carries the page's name in its Host header. Addresses
 * and `localhost` cannot be taken over like that; names the operator configured are trusted.
 *
 * @param hostHeader as received; any port, in any case, a trailing dot ignored
 * @param allowedHosts names, written as loosely
 */
export function isAllowedHost(hostHeader: string | undefined, allowedHosts: readonly string[]): boolean {
  const host = hostHeader === undefined ? undefined : parseHost(hostHeader);
  if (host === undefined) return false;
  return isAddress(host) || host === 'localhost' || allowedHosts.some((allowed) => parseHost(allowed) === host);
}

/** A name as RFC 1123 has it, and the underscore that container names carry; then a port or nothing. */
const NAME = /^([a-z0-9_](?:[a-z0-9_.-]{0,253}[a-z0-9_])?)\.?(?::\d{0,5})?$/i;

/** An IPv6 address, told by its brackets. A zone (`%eth0`) means nothing to anybody but the sender. */
const BRACKETED = /^\[([0-9a-f:.]{2,45})\](?::\d{0,5})?$/i;

/**
 * The host of a `host[:port]`, in lower case, without brackets, trailing dot and port; undefined when it is malformed.
 *
 * Only ASCII passes, so that lower case is what DNS understands by it.
 */
export function parseHost(text: string): string | undefined {
  const address = BRACKETED.exec(text)?.[1];
  if (address !== undefined) return isIPv6(address) ? address.toLowerCase() : undefined;
  const name = NAME.exec(text)?.[1]?.toLowerCase();
  return name?.includes('..') ? undefined : name;
}

/** Dotted quads only: browsers turn every other way to write an IPv4 address into one before they send it. */
function isAddress(host: string): boolean {
  return isIPv4(host) || isIPv6(host);
}
