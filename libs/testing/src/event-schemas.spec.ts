import { describe, expect, it } from '@jest/globals';
import type { ResultEvent, StatusEvent } from '@parley/contracts';
import { EVENT_TYPES } from '@parley/contracts';
import { expectValidEvent } from './event-schemas.ts';
import type { TopicRecord } from './event-schemas.ts';

const ALICE = '+15550001234';
const TIME = '2026-03-01T12:00:00.250Z';

const ACCEPTED: ResultEvent = {
  messageId: 'a',
  account: 'default',
  phoneNumber: ALICE,
  outcome: 'ACCEPTED',
  key: 'whatsapp-1',
  duplicate: false,
  attempts: 1,
  source: 'grpc',
  time: TIME,
  metadata: { order: '4711' },
};

const SENT: StatusEvent = {
  account: 'default',
  key: 'whatsapp-1',
  status: 'sent',
  time: TIME,
  receivedTime: TIME,
  provider: { whatever: { the: 'provider says' } },
};

const HEADERS = {
  'content-type': 'application/json',
  ce_specversion: '1.0',
  ce_id: 'whatsapp-1:sent',
  ce_source: '/parley/gateway',
  ce_time: TIME,
};

function result(changes: object = {}, headers: object = {}): TopicRecord {
  return {
    key: ALICE,
    value: JSON.stringify({ ...ACCEPTED, ...changes }),
    headers: { ...HEADERS, ce_type: EVENT_TYPES.result, ...headers },
  };
}

function status(changes: object = {}, record: Partial<TopicRecord> = {}): TopicRecord {
  return {
    key: null,
    value: Buffer.from(JSON.stringify({ ...SENT, ...changes })),
    headers: { ...HEADERS, ce_type: Buffer.from(EVENT_TYPES.status), ce_correlation: 'unknown' },
    ...record,
  };
}

describe('expectValidEvent', () => {
  it('takes what the document tells of, as text and as bytes', () => {
    expectValidEvent('result', result());
    expectValidEvent('status', status());
    expectValidEvent('status', status({ phoneNumber: ALICE }, { key: Buffer.from(ALICE) }));
  });

  it.each([
    ['a misspelt field', { accountName: 'a' }, 'value must NOT have additional properties: accountName'],
    ['a field that is missing', { source: undefined }, "value must have required property 'source'"],
    ['an unknown value of a closed list', { outcome: 'SENT' }, 'value/outcome must be equal to one of'],
    ['a time in another zone', { time: '2026-03-01T12:00:00+01:00' }, 'value/time must match pattern'],
    ['a time that is none', { time: 'noonZ' }, 'value/time must match format'],
    ['a number that is not E.164', { phoneNumber: '5550001234' }, 'value/phoneNumber must match pattern'],
    ['a success without its key', { key: undefined }, "value must have required property 'key'"],
    ['a failure without its error', { outcome: 'REJECTED' }, "value must have required property 'error'"],
    ['an event of another recipient', { phoneNumber: '+15550009999' }, 'the key is not the phoneNumber'],
    ['an event of another moment', { time: '2026-03-01T12:00:01Z' }, 'ce_time is not the time'],
  ])('refuses %s', (_name, changes, problem) => {
    expect(() => expectValidEvent('result', result(changes))).toThrow(problem);
  });

  it.each([
    ['a header that nobody knows', { ce_kind: 'x' }, 'headers must NOT have additional properties: ce_kind'],
    ['the type of another event', { ce_type: EVENT_TYPES.status }, 'headers/ce_type must be equal'],
    ['a trace that is none', { traceparent: '00-1' }, 'headers/traceparent must match pattern'],
  ])('refuses %s', (_name, headers, problem) => {
    expect(() => expectValidEvent('result', result({}, headers))).toThrow(problem);
  });

  it('refuses a record without a value or a key where there must be one', () => {
    expect(() => expectValidEvent('result', { ...result(), value: null })).toThrow('value must be object');
    expect(() => expectValidEvent('result', { ...result(), key: null })).toThrow('key must be string');
  });

  it('refuses an error beside a status that is no failure, and a failure without one', () => {
    const error = { code: '1', title: 't', details: '', retryable: false, advice: 'a' };
    expectValidEvent('status', status({ status: 'failed', error }));
    expect(() => expectValidEvent('status', status({ error }))).toThrow('value');
    expect(() => expectValidEvent('status', status({ status: 'failed' }))).toThrow("property 'error'");
  });

  it('looks into fields within fields, and leaves the provider’s own object and metadata alone', () => {
    const error = { code: '1', title: 't', details: '', retryable: false, advice: 'a', hint: 'misspelt' };
    expect(() => expectValidEvent('status', status({ status: 'failed', error }))).toThrow('hint');
    expectValidEvent('result', result({ metadata: { anything: 'goes' } }));
  });

  it('takes dead letters with the headers they came with, whatever their bytes are', () => {
    const story = {
      'dlq-reason': 'RECORD_INVALID',
      'dlq-message': 'the value is not JSON',
      'dlq-original-topic': 'whatsapp.conversational.send.v1',
      'dlq-original-partition': '3',
      'dlq-original-offset': '7',
      'dlq-time': TIME,
    };
    const value = Buffer.from([0xff]);
    const repeated = [Buffer.from('one'), Buffer.from('two')];
    expectValidEvent('dlq', { key: null, value, headers: { ...story, repeated } });
    expect(() => expectValidEvent('dlq', { key: null, value })).toThrow("property 'dlq-reason'");
  });

  it('tells what is wrong without telling what is in it', () => {
    const wrong = result({ phoneNumber: '123-secret', outcome: 'secret' }, { ce_type: 'secret' });
    expect(() => expectValidEvent('result', wrong)).toThrow(/^(?!.*secret)/s);
  });
});
