import { describe, expect, it } from '@jest/globals';
import { AddressRanges, AllowList } from './allow-list.ts';
import type { Origin } from './allow-list.ts';

function ranges(text: string): AddressRanges {
  const parsed = AddressRanges.parse(text);
  if (parsed.kind === 'invalid') throw new Error(parsed.problems.join('\n'));
  return parsed.ranges;
}

function origin(remoteAddress: string | undefined, forwardedFor?: string | readonly string[]): Origin {
  return { socket: { remoteAddress }, headers: { 'x-forwarded-for': forwardedFor } };
}

describe('AddressRanges', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7', '203.0.113.8'],
    ['203.0.113.7/32', '203.0.113.7', '203.0.113.6'],
    ['203.0.113.128/25', '203.0.113.255', '203.0.113.127'],
    ['10.1.2.3/8', '10.255.0.1', '11.0.0.1'],
    ['0.0.0.0/0', '198.51.100.1', '2001:db8::1'],
    ['2001:DB8::/32', '2001:db8:ffff::1', '2001:db9::1'],
    ['2001:db8:0:0:0:0:0:1', '2001:db8::1', '2001:db8::2'],
    ['fe80::/10', 'fe80::1%eth0', 'fec0::1'],
    ['203.0.113.0/24', '::ffff:203.0.113.7', '::ffff:203.0.114.7'],
    ['203.0.113.0/24', '::ffff:cb00:7107', '203.0.114.7'],
    ['::ffff:203.0.113.0/120', '203.0.113.7', '203.0.114.7'],
    ['::ffff:203.0.113.7', '203.0.113.7', '::203.0.113.7'],
  ])('%s includes %s and not %s', (text, inside, outside) => {
    expect(ranges(text).include(inside)).toBe(true);
    expect(ranges(text).include(outside)).toBe(false);
  });

  it('reads a list of both families, with room around its commas', () => {
    const list = ranges(' 203.0.113.7 ,198.51.100.0/24,, 2001:db8::/32,');
    for (const address of ['203.0.113.7', '198.51.100.9', '2001:db8::9'])
      expect(list.include(address)).toBe(true);
    expect(list.include('192.0.2.1')).toBe(false);
  });

  it.each(['', 'localhost', '203.0.113.7:80', '[::1]', '203.0.113', '0x7f.0.0.1', '203.0.113.07'])(
    'does not include %p, which is no address',
    (text) => {
      expect(ranges('0.0.0.0/0, ::/0').include(text)).toBe(false);
    },
  );

  it.each([
    ...['203.0.113.256', '203.0.113.0/33', '203.0.113.0/', '203.0.113.0/-1', '203.0.113.0/08', '/8'],
    ...['2001:db8::/129', '2001:db8::g', '[2001:db8::1]', 'fe80::1%eth0', '203.0.113.7:80', '203.0.113.*'],
    ...['hooks.example.com', '203.0.113.1-203.0.113.9', '203.0.113.0/24/24', '203.0.113.0 /24'],
  ])('refuses %s, telling its place and not what it is', (entry) => {
    expect(AddressRanges.parse(`203.0.113.7, ${entry}`)).toEqual({
      kind: 'invalid',
      problems: ['entry 2 is neither an IP address nor a range such as 203.0.113.0/24 or 2001:db8::/32'],
    });
  });

  it('names every wrong entry of a list', () => {
    expect(AddressRanges.parse('a, 203.0.113.7, b')).toMatchObject({
      problems: [expect.stringMatching(/^entry 1 is/), expect.stringMatching(/^entry 3 is/)],
    });
  });

  it.each(['', ' ', ',', ' , '])('refuses %p, which would allow nobody', (text) => {
    expect(AddressRanges.parse(text)).toEqual({ kind: 'invalid', problems: ['names no address'] });
  });
});

describe('AllowList', () => {
  const allowed = ranges('203.0.113.0/24');
  const trustedProxies = ranges('10.0.0.0/8, fd00::/8');

  it('allows everybody when nobody is named, even who cannot be told', () => {
    expect(new AllowList({}).allows(origin(undefined))).toBe(true);
  });

  it('goes by the socket, whatever the header claims, while no proxy is trusted', () => {
    const list = new AllowList({ allowed });
    expect(list.allows(origin('203.0.113.7', '192.0.2.1'))).toBe(true);
    expect(list.allows(origin('192.0.2.1', '203.0.113.7'))).toBe(false);
    expect(list.allows(origin(undefined, '203.0.113.7'))).toBe(false);
  });

  it('goes by the socket, whatever the header claims, when the connection is from no trusted proxy', () => {
    const list = new AllowList({ allowed, trustedProxies });
    expect(list.allows(origin('192.0.2.1', '203.0.113.7'))).toBe(false);
    expect(list.allows(origin('203.0.113.7', '192.0.2.1'))).toBe(true);
  });

  it.each([
    ['the only address', '203.0.113.7', '203.0.113.7'],
    ['the right-most, not what the caller wrote before it', '203.0.113.7, 192.0.2.1', '192.0.2.1'],
    ['the right-most that is no proxy', '192.0.2.1, 203.0.113.7, 10.0.0.2,fd00::2', '203.0.113.7'],
    ['the last of two headers', ['192.0.2.1', '203.0.113.7'], '203.0.113.7'],
    ['the address without its port', '203.0.113.7:51234', '203.0.113.7'],
    ['the address without brackets and port', '[2001:db8::7]:51234', '2001:db8::7'],
    ['the address before empty elements', '203.0.113.7, , 10.0.0.2,', '203.0.113.7'],
    ['the farthest when all are proxies', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['the socket without a header', undefined, '::ffff:10.0.0.1'],
    ['the socket with an empty header', '', '::ffff:10.0.0.1'],
    ['nobody where the chain breaks', '203.0.113.7, unknown, 10.0.0.2', undefined],
    ['nobody for an obfuscated name', '_hidden', undefined],
    ['nobody for a name', 'proxy.example.com', undefined],
  ])('believes a trusted proxy: %s', (_name, forwardedFor, peer) => {
    const list = new AllowList({ allowed, trustedProxies });
    const proxied = origin('::ffff:10.0.0.1', forwardedFor);
    expect(list.peerOf(proxied)).toBe(peer);
    expect(list.allows(proxied)).toBe(peer?.startsWith('203.0.113.') ?? false);
  });
});
