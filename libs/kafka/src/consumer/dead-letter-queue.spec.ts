import { describe, expect, it } from '@jest/globals';
import { BusError } from '../bus-error.ts';
import type { IncomingRecord, OutgoingRecord } from '../bus.ts';
import { recordBytes } from '../record-size.ts';
import type { ConsumerEvent } from './consumer-event.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import type { DeadLetterPart } from './dead-letter.ts';

const LIMIT_BYTES = 1_000;
const LARGE = Buffer.alloc(LIMIT_BYTES, 1);
const SMALL = Buffer.from('small');

describe('DeadLetterQueue', () => {
  it.each<Case>([
    { large: [], omitted: [], kept: { key: SMALL, value: SMALL, own: SMALL } },
    { large: ['value'], omitted: ['value'], kept: { key: SMALL, value: null, own: SMALL } },
    { large: ['headers'], omitted: ['value', 'headers'], kept: { key: SMALL, value: null } },
    { large: ['key'], omitted: ['value', 'headers', 'key'], kept: { key: null, value: null } },
  ])(
    'puts a record with too large a part $large aside without $omitted',
    async ({ large, omitted, kept }) => {
      const { letters, events } = await putAside({
        key: large.includes('key') ? LARGE : SMALL,
        value: large.includes('value') ? LARGE : SMALL,
        headers: { own: large.includes('headers') ? LARGE : SMALL },
      });
      const [letter] = letters;
      const { own, ...headers } = letter?.headers ?? {};
      expect({ key: letter?.key, value: letter?.value, ...(own !== undefined && { own }) }).toEqual(kept);
      expect(headers).toMatchObject({ 'dlq-reason': 'BAD', 'dlq-original-offset': '7' });
      expect(Object.keys(headers).filter((name) => name.endsWith('-omitted-bytes'))).toEqual(
        omitted.map((part) => `dlq-${part}-omitted-bytes`),
      );
      expect(events).toMatchObject([{ type: 'dead-lettered', omitted }]);
    },
  );

  it('says how much it has left out', async () => {
    const { letters } = await putAside({ key: LARGE, value: SMALL, headers: { own: SMALL } });
    expect(letters[0]?.headers).toMatchObject({
      'dlq-value-omitted-bytes': '5',
      'dlq-headers-omitted-bytes': '12',
      'dlq-key-omitted-bytes': '1000',
    });
  });
});

interface Case {
  readonly large: readonly DeadLetterPart[];
  readonly omitted: readonly DeadLetterPart[];
  readonly kept: object;
}

async function putAside(parts: Pick<IncomingRecord, 'key' | 'value' | 'headers'>): Promise<{
  readonly letters: readonly OutgoingRecord[];
  readonly events: readonly ConsumerEvent[];
}> {
  const letters: OutgoingRecord[] = [];
  const events: ConsumerEvent[] = [];
  const queue = new DeadLetterQueue({
    bus: {
      send: (records) => {
        if (records.some((record) => recordBytes(record) > LIMIT_BYTES)) {
          return Promise.reject(new BusError('RECORD_TOO_LARGE', 'MESSAGE_TOO_LARGE'));
        }
        letters.push(...records);
        return Promise.resolve();
      },
    },
    topic: 't.dlq',
    backoff: { firstMs: 1, maxMs: 1 },
    maxPending: 1,
    onEvent: (event) => events.push(event),
  });
  const record = { topic: 't', partition: 0, offset: 7n, timestampMs: 0, ...parts };
  const { signal } = new AbortController();
  expect(await queue.publish(record, { reason: 'BAD', message: 'no good' }, signal)).toBe(true);
  await queue.close({ timeoutMs: 0 });
  return { letters, events };
}
