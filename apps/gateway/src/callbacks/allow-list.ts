import { BlockList, isIP } from 'node:net';

export interface AllowListOptions {
  /** Who may call back. @default everybody */
  readonly allowed?: AddressRanges | undefined;
  /** Whose X-Forwarded-For is believed. @default nobody's: the peer is who opened the connection */
  readonly trustedProxies?: AddressRanges | undefined;
}

/** What of a request tells who sent it. */
export interface Origin {
  /** Who opened the connection; without address when it is gone. */
  readonly socket: { readonly remoteAddress?: string | undefined };
  /** By lower-case name. In X-Forwarded-For each proxy appends the address that it was called from. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Decides by address who may call back. */
export class AllowList {
  readonly #allowed: AddressRanges | undefined;
  readonly #trustedProxies: AddressRanges | undefined;

  constructor({ allowed, trustedProxies }: AllowListOptions) {
    this.#allowed = allowed;
    this.#trustedProxies = trustedProxies;
  }

  allows(origin: Origin): boolean {
    if (!this.#allowed) return true;
    const peer = this.peerOf(origin);
    return peer !== undefined && this.#allowed.include(peer);
  }

  /**
   * Who calls: going back from the socket through the chain of proxies, the first address that is no trusted proxy.
   * What stands before it anybody may have written. Undefined when the chain breaks at something that is no address.
   */
  peerOf({ socket, headers }: Origin): string | undefined {
    const forwarded = [headers['x-forwarded-for'] ?? []].flat().flatMap((header) => header.split(','));
    let peer: string | undefined;
    for (const hop of [...forwarded, socket.remoteAddress ?? ''].reverse()) {
      // Proxies may leave elements of the list empty.
      if (hop.trim() === '' && peer !== undefined) continue;
      peer = withoutPort(hop.trim());
      if (isIP(peer) === 0) return undefined;
      if (!this.#trustedProxies?.include(peer)) return peer;
    }
    return peer;
  }
}

/** Addresses and ranges of both families. An IPv4 address and the same mapped into IPv6 are one. */
export class AddressRanges {
  readonly #list = new BlockList();

  /** Reads a comma list of addresses and CIDR ranges. Each problem names the entry it is about. */
  static parse(
    text: string,
  ):
    | { readonly kind: 'valid'; readonly ranges: AddressRanges }
    | { readonly kind: 'invalid'; readonly problems: readonly string[] } {
    const ranges = new AddressRanges();
    const entries = text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
    // Told by place: what stands in the wrong one may be a secret.
    const problems = entries.flatMap((entry, index) =>
      ranges.#add(entry)
        ? []
        : [`entry ${index + 1} is neither an IP address nor a range such as 203.0.113.0/24 or 2001:db8::/32`],
    );
    if (entries.length === 0) problems.push('names no address');
    return problems.length === 0 ? { kind: 'valid', ranges } : { kind: 'invalid', problems };
  }

  include(address: string): boolean {
    const family = familyOf(address);
    return family !== undefined && this.#list.check(address.replace(/%.*$/, ''), family);
  }

  /** False when the entry is none. */
  #add(entry: string): boolean {
    const [, address = '', prefix] = /^([^/%]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(entry) ?? [];
    const family = familyOf(address);
    if (family === undefined) return false;
    const bits = family === 'ipv4' ? 32 : 128;
    const length = Number(prefix ?? bits);
    if (length > bits) return false;
    this.#list.addSubnet(address, length, family);
    return true;
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address);
  if (version === 0) return undefined;
  return version === 4 ? 'ipv4' : 'ipv6';
}

/** Some proxies append the port, and put brackets around IPv6 then. */
function withoutPort(hop: string): string {
  return /^\[(.+)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop;
}
