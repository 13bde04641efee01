import { describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import { BusError } from '../bus-error.ts';
import { busErrorFrom, isUnanswered } from './error.ts';

describe('busErrorFrom', () => {
  const cases: readonly [string, unknown, string, boolean][] = [
    ['a lost connection', new kafkajs.KafkaJSConnectionError('refused'), 'UNAVAILABLE', true],
    ['a leader that moved', protocolError('NOT_LEADER_FOR_PARTITION'), 'UNAVAILABLE', true],
    ['too few replicas', protocolError('NOT_ENOUGH_REPLICAS'), 'UNAVAILABLE', true],
    ['a broker that timed out', protocolError('REQUEST_TIMED_OUT'), 'TIMEOUT', true],
    ['no answer', named('KafkaJSRequestTimeoutError'), 'TIMEOUT', true],
    ['a record too large', protocolError('MESSAGE_TOO_LARGE'), 'RECORD_TOO_LARGE', false],
    ['missing rights', protocolError('TOPIC_AUTHORIZATION_FAILED'), 'UNAUTHORIZED', false],
    ['wrong credentials', named('KafkaJSSASLAuthenticationError'), 'UNAUTHORIZED', false],
    ['an old generation', protocolError('ILLEGAL_GENERATION'), 'FENCED', false],
    ['a refusal nobody foresaw', protocolError('POLICY_VIOLATION'), 'REJECTED', false],
    ['a bug of the client', new TypeError('undefined is not a function'), 'UNAVAILABLE', true],
    ['something that is no error', 'text', 'UNAVAILABLE', true],
    ['one of ours', new BusError('OVERLOADED', 'full'), 'OVERLOADED', true],
  ];

  it.each(cases)('classifies %s', (_, error, code, retryable) => {
    expect(busErrorFrom(error)).toMatchObject({ name: 'BusError', code, retryable });
  });

  it('looks through the wrapping of kafkajs, and keeps the original', () => {
    const cause = protocolError('MESSAGE_TOO_LARGE');
    const wrapped = Object.assign(named('KafkaJSNonRetriableError'), { cause });
    expect(busErrorFrom(wrapped)).toMatchObject({ code: 'RECORD_TOO_LARGE', cause: wrapped });
  });

  it('tells an answer of a broker from silence', () => {
    expect(isUnanswered(protocolError('NOT_ENOUGH_REPLICAS'))).toBe(false);
    expect(isUnanswered(new kafkajs.KafkaJSConnectionError('refused'))).toBe(true);
  });
});

function named(name: string): Error {
  return Object.assign(new Error(name), { name });
}

function protocolError(type: string): Error {
  return new kafkajs.KafkaJSProtocolError(
    Object.assign(new Error(type), { type, code: 1, retriable: false }),
  );
}
