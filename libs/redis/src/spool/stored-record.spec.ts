import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { OutgoingRecord } from '@parley/kafka';
import { propertyRuns } from '@parley/testing';
import { readRecord, writeRecord } from './stored-record.ts';

const bytes = fc.uint8Array({ maxLength: 40 }).map((each) => Buffer.from(each));
const text = fc.string({ unit: 'binary', maxLength: 20 });
const content = fc.oneof(text, bytes);
const record = fc.record(
  {
    topic: fc.string({ minLength: 1, maxLength: 9 }),
    key: fc.option(content),
    value: fc.option(content),
    headers: fc.dictionary(text, fc.oneof(content, fc.array(bytes, { maxLength: 3 })), { maxKeys: 4 }),
  },
  { requiredKeys: ['topic', 'key', 'value'] },
);

describe('a record in the spool', () => {
  it('is on the bus afterwards what it would have been before, byte for byte', () => {
    fc.assert(
      fc.property(record, (each) => {
        const stored = writeRecord(each).map((field) => Buffer.from(field as string));
        expect(onTheWire(readRecord(stored))).toEqual(onTheWire(each));
      }),
      { numRuns: propertyRuns() },
    );
  });

  it.each([
    ['a tombstone', { topic: 't', key: 'k', value: null }],
    ['an empty value', { topic: 't', key: 'k', value: '' }],
    ['no key', { topic: 't', key: null, value: 'v' }],
    [
      'a header named like a field',
      { topic: 't', key: null, value: null, headers: { t: 'x', k: 'y', '': 'z' } },
    ],
    [
      'a header sent several times',
      { topic: 't', key: null, value: null, headers: { h: [Buffer.from('1'), Buffer.from('2')] } },
    ],
  ] as [string, OutgoingRecord][])('keeps %s apart from everything like it', (_what, each) => {
    const stored = writeRecord(each).map((field) => Buffer.from(field as string));
    expect(onTheWire(readRecord(stored))).toEqual(onTheWire(each));
  });
});

/** What Kafka makes of a record: bytes, and headers as a list of pairs. */
function onTheWire({ topic, key, value, headers = {} }: OutgoingRecord): unknown {
  const pairs = Object.entries(headers).flatMap(([header, each]) => {
    const values = Array.isArray(each) ? (each as readonly Buffer[]) : [each as string | Buffer];
    return values.map((one) => [header, inHex(one)]);
  });
  return { topic, key: inHex(key), value: inHex(value), headers: pairs };
}

function inHex(each: string | Buffer | null): string | null {
  return each === null ? null : Buffer.from(each as string).toString('hex');
}
