import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';

/**
 * Whether an IP address belongs to a host of the public internet. Private, shared, loopback, link-local, multicast and
 * reserved ones do not, nor do IPv6 addresses that hold an IPv4 one (mapped, NAT64, 6to4, Teredo).
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  // What IANA has not allocated yet is unicast by name alone.
  return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_UNICAST);
}

/** RFC 4291 and IANA's registry: all of the global unicast space that is in use. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** The IP address that stands in a URL in place of a hostname, however it is written there: `http://0x7f.1` has one. */
export function literalAddress({ hostname }: URL): string | undefined {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return isIP(bare) === 0 ? undefined : bare;
}
