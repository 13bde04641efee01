import { describe, expect, it } from '@jest/globals';
import type { IncomingRecord } from '@parley/kafka';
import { readDeadLetter } from './dead-letter.ts';

const STORY = {
  'dlq-reason': 'ACCOUNT_UNKNOWN',
  'dlq-message': 'account must be configured here',
  'dlq-original-topic': 'send',
  'dlq-original-partition': '3',
  'dlq-original-offset': '7',
  'dlq-time': '2030-01-31T12:00:00.000Z',
};

function letter(headers: Record<string, string>, more: Partial<IncomingRecord> = {}): IncomingRecord {
  return {
    topic: 'send.dlq',
    partition: 0,
    offset: 12n,
    key: Buffer.from('+15550001234'),
    value: Buffer.from([0x7b, 0xff, 0x00]),
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
    timestampMs: 0,
    ...more,
  };
}

describe('A dead letter', () => {
  it('goes back where it came from, byte for byte, with its own headers and without its story', () => {
    const record = letter({ traceparent: 'own', ...STORY });
    expect(readDeadLetter(record)).toEqual({
      reason: 'ACCOUNT_UNKNOWN',
      message: 'account must be configured here',
      place: '0:12',
      time: '2030-01-31T12:00:00.000Z',
      original: {
        topic: 'send',
        key: record.key,
        value: record.value,
        headers: { traceparent: Buffer.from('own') },
      },
    });
  });

  it('goes where it is told to', () => {
    expect(readDeadLetter(letter(STORY), 'elsewhere').original?.topic).toBe('elsewhere');
  });

  it('keeps every value of a header that was sent several times', () => {
    const values = [Buffer.from('one'), Buffer.from('two')];
    const record = letter({ own: 'two', ...STORY }, { repeatedHeaders: { own: values } });
    expect(readDeadLetter(record).original?.headers).toEqual({ own: values });
  });

  it('keeps a tombstone and a missing key as they are', () => {
    const { original } = readDeadLetter(letter(STORY, { key: null, value: null }));
    expect(original).toMatchObject({ key: null, value: null });
  });

  it('is not whole when a part of it was left out, and goes nowhere', () => {
    const record = letter({ ...STORY, 'dlq-value-omitted-bytes': '2000000' }, { value: null });
    expect(readDeadLetter(record).original).toBeUndefined();
  });

  it('goes nowhere when it does not tell where it came from', () => {
    expect(readDeadLetter(letter({}))).toMatchObject({
      reason: 'UNKNOWN',
      time: '1970-01-01T00:00:00.000Z',
      original: undefined,
    });
  });
});
