import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** The addresses that may send. */
export class AllowedNetworks {
  readonly #networks: readonly (readonly [Address, number])[];

  /** @param networks addresses and networks in CIDR notation, which have been validated; none lets everybody */
  constructor(networks: readonly string[]) {
    this.#networks = networks.map((network) =>
      ipaddr.isValidCIDR(network) ? ipaddr.parseCIDR(network) : alone(ipaddr.parse(network)),
    );
  }

  /** An IPv4 address that came in over IPv6, such as `::ffff:10.0.0.1`, counts as the IPv4 address that it is. */
  allows(address: string): boolean {
    if (this.#networks.length === 0) return true;
    if (!ipaddr.isValid(address)) return false;
    const given = ipaddr.process(address);
    return this.#networks.some(([of, bits]) => of.kind() === given.kind() && given.match(of, bits));
  }
}

function alone(address: Address): readonly [Address, number] {
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}
