import { describe, expect, it } from '@jest/globals';
import { CallbackTokens } from './callback-tokens.ts';

const BEARER = tokens('authorization', ['old-token', 'New-Token']);
const BARE = tokens('x-token', ['old-token', 'New-Token']);

function tokens(headerName: string, accepted: readonly string[] | undefined): CallbackTokens {
  return new CallbackTokens({ headerName, accepted });
}

function authorization(...values: readonly string[]): { rawHeaders: string[] } {
  return {
    rawHeaders: ['Host', 'x', ...values.flatMap((value) => ['Authorization', value]), 'Accept', '*/*'],
  };
}

describe('CallbackTokens', () => {
  it.each(['Bearer old-token', 'Bearer New-Token', 'bearer old-token', 'BEARER   old-token'])(
    'takes %p for either token, whatever the case of the scheme',
    (value) => {
      expect(BEARER.presentedBy(authorization(value))).toBe(true);
    },
  );

  it.each([
    ['no header', []],
    ['an empty one', ['']],
    ['the scheme alone', ['Bearer']],
    ['the scheme and nothing', ['Bearer ']],
    ['a wrong token', ['Bearer token-of-nobody']],
    ['another case', ['Bearer new-token']],
    ['the beginning of a token', ['Bearer old-toke']],
    ['a token and more', ['Bearer old-tokens']],
    ['a token and a space', ['Bearer old-token ']],
    ['the token without the scheme', ['old-token']],
    ['another scheme', ['Basic old-token']],
    ['the scheme and the token together', ['Bearerold-token']],
    ['both tokens as a list', ['Bearer old-token,New-Token']],
    ['the right header twice', ['Bearer old-token', 'Bearer old-token']],
    ['a right header before a wrong one', ['Bearer old-token', 'Bearer x']],
    ['a wrong header before a right one', ['', 'Bearer old-token']],
  ])('refuses %s', (_name, values) => {
    expect(BEARER.presentedBy(authorization(...values))).toBe(false);
  });

  it('takes the bare token in any other header, and only that', () => {
    const accepts = (...rawHeaders: string[]): boolean => BARE.presentedBy({ rawHeaders });
    expect(accepts('X-Token', 'old-token')).toBe(true);
    for (const value of ['Bearer old-token', 'Old-token', '', 'old-token, old-token'])
      expect(accepts('X-Token', value)).toBe(false);
    expect(accepts('X-Token', 'old-token', 'x-TOKEN', 'old-token')).toBe(false);
    expect(accepts('Authorization', 'Bearer old-token')).toBe(false);
  });

  it('does not take a value that reads like the name of the header for it', () => {
    const rawHeaders = ['Accept', 'x-token', 'old-token', 'x-token'];
    expect(BARE.presentedBy({ rawHeaders })).toBe(false);
  });

  it('refuses everything while no token is accepted, the empty one included', () => {
    for (const accepted of [[], ['']])
      for (const value of ['', 'Bearer ', 'Bearer old-token'])
        expect(tokens('authorization', accepted).presentedBy(authorization(value))).toBe(false);
    expect(tokens('x-token', ['']).presentedBy({ rawHeaders: ['X-Token', ''] })).toBe(false);
  });

  it('accepts everything where tokens are switched off', () => {
    for (const values of [[], ['Bearer old-token'], ['a', 'b']])
      expect(tokens('authorization', undefined).presentedBy(authorization(...values))).toBe(true);
  });
});
