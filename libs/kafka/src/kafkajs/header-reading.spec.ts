import { describe, expect, it } from '@jest/globals';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import decodeRecord from 'kafkajs/src/protocol/recordBatch/record/v0/decoder.js';
import encodeRecord from 'kafkajs/src/protocol/recordBatch/record/v0/index.js';
import { readHeadersInOnePass } from './header-reading.ts';

const [one, two, three] = [Buffer.from('1'), Buffer.from('2'), Buffer.from('3')];

describe('readHeadersInOnePass', () => {
  readHeadersInOnePass();

  it('reads as many headers as a record can hold without keeping the process', () => {
    const headers = Object.fromEntries(Array.from({ length: 20_000 }, (_, nth) => [`h${nth}`, one]));
    const startedMs = performance.now();
    expect(Object.keys(decoded(headers))).toHaveLength(20_000);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });

  it('keeps the values of a repeated header in their order', () => {
    expect({ ...decoded({ again: [one, two, one, three], once: two }) }).toEqual({
      again: [one, two, one, three],
      once: two,
    });
  });

  it('reads a header that is called like something every object has', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    const headers = Object.create(null) as Record<string, Buffer>;
    for (const name of names) headers[name] = one;
    expect(Object.entries(decoded(headers))).toEqual(names.map((name) => [name, one]));
  });

  it('reads a record without headers', () => {
    expect(Object.keys(decoded({}))).toEqual([]);
  });
});

function decoded(headers: Readonly<Record<string, Buffer | readonly Buffer[]>>): object {
  const { buffer } = encodeRecord({ key: null, value: null, headers });
  // A batch has read the length of the record before it reads the record.
  const record = new Decoder(buffer.subarray(lengthBytes(buffer)));
  return decodeRecord(record, { firstOffset: '0', firstTimestamp: '0' }).headers;
}

/** Of the number that a buffer begins with, of variable length: its last byte has no highest bit. */
function lengthBytes(buffer: Buffer): number {
  return buffer.findIndex((byte) => byte < 0x80) + 1;
}
