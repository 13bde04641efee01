import type { OutgoingRecord } from './bus.ts';

/** Bytes of a record in the log, at most: what a request is measured by. */
export function recordBytes({ key, value, headers }: Omit<OutgoingRecord, 'topic'>): number {
  return OVERHEAD_BYTES + lengthOf(key) + lengthOf(value) + headerBytes(headers);
}

/** Bytes of names and values in the log, at most. */
export function headerBytes(headers: OutgoingRecord['headers'] = {}): number {
  let bytes = 0;
  for (const [name, content] of Object.entries(headers)) {
    const values = Array.isArray(content) ? (content as readonly Buffer[]) : [content as string | Buffer];
    for (const each of values) bytes += Buffer.byteLength(name) + lengthOf(each) + 4;
  }
  return bytes;
}

/** Of one record apart from its contents: lengths, timestamp and offset deltas. */
const OVERHEAD_BYTES = 32;

function lengthOf(content: string | Buffer | null): number {
  return content === null ? 0 : Buffer.byteLength(content);
}
