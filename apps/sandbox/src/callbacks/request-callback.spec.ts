import { describe, expect, it } from '@jest/globals';
import { propertyRuns } from '@parley/testing';
import { assert, jsonValue, property } from 'fast-check';
import { MAX_URL_CHARACTERS, readRequestCallback } from './request-callback.ts';

const ONE = 'http://one.example/hook?a=1';
const TWO = 'https://two.example/hook';

describe('readRequestCallback', () => {
  it.each([ONE, { url: ONE }])('reads %j at the top for every message', (callback) => {
    expect(readRequestCallback({ callback, messages: [{}, {}] })).toEqual({ kind: 'ok', urls: [ONE, ONE] });
  });

  it('prefers the one nearest to the message', () => {
    const messages = [
      {},
      { callback: { url: TWO } },
      { callback: TWO, message: { callback: ONE } },
      { callback: null },
    ];
    expect(readRequestCallback({ callback: ONE, messages })).toEqual({
      kind: 'ok',
      urls: [ONE, TWO, ONE, ONE],
    });
    expect(readRequestCallback({ messages })).toEqual({ kind: 'ok', urls: [undefined, TWO, ONE, undefined] });
  });

  it.each([
    [{ callback: 'ftp://one.example' }, 'callback'],
    [{ callback: 'one.example' }, 'callback'],
    [{ callback: '' }, 'callback'],
    [{ callback: 1 }, 'callback'],
    [{ callback: {} }, 'callback.url'],
    [{ callback: { url: 'javascript:1' } }, 'callback.url'],
    [{ callback: `http://one.example/${'x'.repeat(MAX_URL_CHARACTERS)}` }, 'callback'],
    [{ messages: [{}, { callback: 'x' }] }, 'messages[1].callback'],
    [{ messages: [{ message: { callback: { url: 1 } } }] }, 'messages[0].message.callback.url'],
  ])('refuses %j, naming the field', (root, field) => {
    const rule = 'must be an HTTP or HTTPS URL of up to 2048 characters';
    expect(readRequestCallback(root)).toEqual({ kind: 'invalid', violation: { field, rule } });
  });

  it('takes any JSON value', () => {
    assert(
      property(jsonValue(), (value) => {
        readRequestCallback(value);
        readRequestCallback({ callback: value, messages: value });
        readRequestCallback({ messages: [value, { message: value, callback: value }] });
      }),
      { numRuns: propertyRuns() },
    );
  });
});
