import { describe, expect, it } from '@jest/globals';
import type { Batch, IHeaders } from 'kafkajs';
import { toRecordBatch } from './record-batch.ts';

describe('toRecordBatch', () => {
  it('ends behind the last offset fetched, also when its records are not shown', () => {
    expect(toRecordBatch(batchOf({}))).toMatchObject({ nextOffset: 10n, endOffset: 12n });
  });

  it('begins where the fetch began, though the first record comes later', () => {
    expect(toRecordBatch(batchOf({}))).toMatchObject({ fetchOffset: 5n, records: [{ offset: 7n }] });
  });

  it('shows the last value of a repeated header, and keeps all of them', () => {
    const [one, two] = [Buffer.from('1'), Buffer.from('2')];
    const [record] = toRecordBatch(batchOf({ twice: [one, two], once: one })).records;
    expect(record?.headers['twice']).toEqual(two);
    expect(record?.repeatedHeaders).toMatchObject({ twice: [one, two] });
    expect(record?.repeatedHeaders).not.toHaveProperty('once');
  });

  it('shows a null header as an empty one', () => {
    const [record] = toRecordBatch(batchOf({ empty: null as unknown as Buffer })).records;
    expect(record?.headers['empty']).toEqual(Buffer.alloc(0));
    expect(record).not.toHaveProperty('repeatedHeaders');
  });

  it('takes any name for a header', () => {
    const hostile = JSON.parse('{ "__proto__": "x", "constructor": "y" }') as IHeaders;
    const [record] = toRecordBatch(batchOf(hostile)).records;
    expect(Object.keys(record?.headers ?? {}).toSorted()).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(record?.headers)).toBeNull();
  });
});

function batchOf(headers: IHeaders): Batch & { readonly fetchedOffset: string } {
  const message = { key: null, value: null, timestamp: '1', attributes: 0, offset: '7', headers };
  return {
    topic: 't',
    partition: 0,
    fetchedOffset: '5',
    highWatermark: '12',
    messages: [message],
    isEmpty: () => false,
    firstOffset: () => '7',
    lastOffset: () => '9',
    offsetLag: () => '0',
    offsetLagLow: () => '0',
  };
}
