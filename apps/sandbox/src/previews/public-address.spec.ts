import { describe, expect, it } from '@jest/globals';
import { propertyRuns } from '@parley/testing';
import fc from 'fast-check';
import { isPublicAddress, literalAddress } from './public-address.ts';

const PUBLIC = [
  '8.8.8.8',
  '93.184.215.14',
  '172.32.0.1',
  '192.169.0.1',
  '2606:4700:4700::1111',
  '2a00:1450::1',
];

/** By the range each lies in. */
const OTHERS = {
  'this network': ['0.0.0.0', '0.1.2.3'],
  private: ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
  'carrier-grade NAT': ['100.64.0.1', '100.127.255.255'],
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  'link-local': ['169.254.169.254', 'fe80::1', 'febf::1'],
  'unique local and site-local': ['fc00::1', 'fd00:ec2::254', 'fec0::1'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1'],
  'reserved, for benchmarks and documentation': [
    '192.0.0.1',
    '192.0.2.1',
    '192.88.99.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '100::1',
    '2001:db8::1',
    '3fff::1',
    '4000::1',
    '5f00::1',
  ],
  'IPv4 within IPv6': [
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:0:127.0.0.1',
    '64:ff9b::10.0.0.1',
    '64:ff9b:1::10.0.0.1',
    '2002:7f00:1::',
    '2001:0:7f00:1::',
  ],
  'no address': ['', 'localhost', '1', '0x7f.1', '127.1', '1.2.3.4.', 'fe80::1%eth0'],
};

describe('isPublicAddress', () => {
  it.each(PUBLIC)('takes %s', (address) => expect(isPublicAddress(address)).toBe(true));

  describe.each(Object.entries(OTHERS))('refuses %s', (_range, addresses) => {
    it.each(addresses)('“%s”', (address) => expect(isPublicAddress(address)).toBe(false));
  });

  it('takes no IPv6 address that holds an IPv4 one', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.constantFrom('::', '::ffff:', '::ffff:0:', '64:ff9b::'), (address, prefix) =>
        expect(isPublicAddress(prefix + address)).toBe(false),
      ),
      { numRuns: propertyRuns(1_000) },
    );
  });

  it('is false for whatever else it is given', () => {
    fc.assert(
      fc.property(fc.string(), (text) => expect(isPublicAddress(`${text}!`)).toBe(false)),
      { numRuns: propertyRuns(1_000) },
    );
  });
});

describe('literalAddress', () => {
  it.each([
    ['http://127.0.0.1/', '127.0.0.1'],
    ['http://2130706433/', '127.0.0.1'],
    ['http://0x7f000001/', '127.0.0.1'],
    ['http://0x7f.1/', '127.0.0.1'],
    ['http://0177.0.0.1/', '127.0.0.1'],
    ['http://127.1/', '127.0.0.1'],
    ['http://127.0.0.1./', '127.0.0.1'],
    ['http://127%2E0.0.1/', '127.0.0.1'],
    ['http://１２７.0.0.1/', '127.0.0.1'],
    ['http://[::1]:80/', '::1'],
    ['http://[::ffff:127.0.0.1]/', '::ffff:7f00:1'],
  ])('sees the address in %s', (url, address) => expect(literalAddress(new URL(url))).toBe(address));

  it.each(['http://localhost/', 'http://127.0.0.1.nip.io/', 'http://a1/', 'http://xn--bcher-kva.example/'])(
    'sees a hostname in %s',
    (url) => expect(literalAddress(new URL(url))).toBeUndefined(),
  );
});
