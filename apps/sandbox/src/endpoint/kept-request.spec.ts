import { describe, expect, it } from '@jest/globals';
import { boundedRuns } from '@parley/testing';
import fc from 'fast-check';
import { MAX_KEPT_CHARACTERS } from '../requests/received-request.ts';
import type { EndpointRequest } from './endpoint-request.ts';
import { cut, keptRequest } from './kept-request.ts';

const REQUEST: EndpointRequest = {
  method: 'POST',
  path: '/v1/conversational/send',
  remoteAddress: '127.0.0.1',
  headers: { 'content-type': 'application/json' },
  body: Buffer.from('{"a":"ç"}'),
};

describe('keptRequest', () => {
  it('is the request as it came', () => {
    expect(keptRequest(REQUEST)).toEqual({ ...REQUEST, body: '{"a":"ç"}', bodyBytes: 10 });
    expect(keptRequest({ ...REQUEST, body: undefined })).toMatchObject({ body: '', bodyBytes: 0 });
  });

  it('shows the end of the key, and of other secrets nothing', () => {
    const { headers } = keptRequest({
      ...REQUEST,
      headers: {
        'x-ins-auth-key': 'INS.canary-1234',
        authorization: 'Bearer canary',
        cookie: 'a=canary',
        'proxy-authorization': 'Basic canary',
        'set-cookie': ['a', 'b'],
      },
    });
    expect(headers).toEqual({
      'x-ins-auth-key': '****1234',
      authorization: '****',
      cookie: '****',
      'proxy-authorization': '****',
      'set-cookie': 'a,b',
    });
    expect(keptRequest({ ...REQUEST, headers: { 'x-ins-auth-key': '1234567' } }).headers).toEqual({
      'x-ins-auth-key': '****',
    });
  });

  it('tells the size of the whole body, whatever is cut off', () => {
    const body = 'é😀'.repeat(MAX_KEPT_CHARACTERS);
    const kept = keptRequest({ ...REQUEST, body: Buffer.from(body) });
    expect(kept.body).toBe(body.slice(0, MAX_KEPT_CHARACTERS));
    expect(kept.bodyBytes).toBe(Buffer.byteLength(body));
  });
});

describe('cut', () => {
  it('is the beginning of the text, up to the bound', () => {
    const unit = fc.constantFrom('a', 'é', '€', '😀');
    const long = fc
      .tuple(unit, unit)
      .map(([one, other]) => `${one}${other}`.repeat(MAX_KEPT_CHARACTERS / 2 + 1));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), long), (text) => {
        expect(cut(text)).toBe(text.slice(0, MAX_KEPT_CHARACTERS));
        expect(cut(Buffer.from(text))).toBe(text.slice(0, MAX_KEPT_CHARACTERS));
      }),
      boundedRuns(20_000, 200),
    );
  });

  it('takes bytes that are no UTF-8', () => {
    expect(cut(Buffer.from([0xff, 0x61]))).toBe('\ufffda');
    expect(cut(Buffer.alloc(10 * MAX_KEPT_CHARACTERS, 0xff))).toHaveLength(MAX_KEPT_CHARACTERS);
  });
});
