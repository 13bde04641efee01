import { ValidateBy } from 'class-validator';
import type { ValidationOptions } from 'class-validator';
import ipaddr from 'ipaddr.js';

/** An IPv4 or IPv6 address, or a network in CIDR notation. */
export function IsNetwork(options: ValidationOptions): PropertyDecorator {
  return ValidateBy({ name: 'isNetwork', validator: { validate: isNetwork } }, options);
}

function isNetwork(value: unknown): boolean {
  return typeof value === 'string' && (ipaddr.isValid(value) || ipaddr.isValidCIDR(value));
}
