import { describe, expect, it } from '@jest/globals';
import { failureCode } from './failure-code.ts';

function named(name: string, properties: object = {}): Error {
  return Object.assign(new Error('+15550001234'), { name }, properties);
}

describe('failureCode', () => {
  it.each([
    ['the code', named('Error', { code: 'REDIS_AWAY' }), 'REDIS_AWAY'],
    ['the name without one', named('ReplyError', { command: { args: ['+15550001234'] } }), 'ReplyError'],
    ['the name where the code is a sentence', named('TypeError', { code: 'for +15550001234' }), 'TypeError'],
    ['the name where the code is a number', named('TypeError', { code: 15550001234 }), 'TypeError'],
    ['nothing of a name that is a sentence', named('for +15550001234'), 'UNKNOWN'],
    ['nothing of what is no error', '+15550001234', 'UNKNOWN'],
  ])('tells %s', (_what, error, code) => {
    expect(failureCode(error)).toBe(code);
  });
});
