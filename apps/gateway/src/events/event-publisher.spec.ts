import { beforeEach, describe, expect, it } from '@jest/globals';
import { BUS_ERROR_CODES, BusError } from '@parley/kafka';
import type { BusErrorCode, OutgoingRecord } from '@parley/kafka';
import { FakeClock } from '@parley/testing';
import { EventPublisher } from './event-publisher.ts';

const GIVEN_UP: readonly BusErrorCode[] = ['RECORD_TOO_LARGE', 'ABORTED', 'CLOSED'];

let clock: FakeClock;
let log: OutgoingRecord[];
/** What each request fails with; undefined lets it succeed. */
let fail: (records: readonly OutgoingRecord[]) => BusError | undefined;
let told: [boolean, string | undefined][];
let publisher: EventPublisher;

beforeEach(() => {
  clock = new FakeClock();
  log = [];
  told = [];
  fail = () => undefined;
  publisher = new EventPublisher({
    sender: {
      send: (records) => {
        const error = fail(records);
        const left = new Set(error?.unacknowledgedOf(records));
        log.push(...records.filter((record) => !left.has(record)));
        return error ? Promise.reject(error) : Promise.resolve();
      },
    },
    clock,
    maxWaiting: 3,
    onWaiting: (...waiting) => told.push(waiting),
  });
});

function event(key: string | null, value: string): OutgoingRecord {
  return { topic: 'results', key, value };
}

function values(): unknown[] {
  return log.map(({ value }) => value);
}

describe('EventPublisher', () => {
  it.each(BUS_ERROR_CODES.filter((code) => !GIVEN_UP.includes(code)))(
    'keeps an event until it is durable, though the bus says %s',
    async (code) => {
      fail = () => new BusError(code, 'no');
      const { tried, durable } = publisher.publishSurely(event('a', '1'));
      await tried;
      await clock.advance(5_000);
      expect(log).toEqual([]);
      expect(publisher.waiting).toBe(1);
      fail = () => undefined;
      await clock.advance(1_000);
      await durable;
      expect(values()).toEqual(['1']);
      expect(publisher.waiting).toBe(0);
      expect(told).toEqual([
        [true, code],
        [false, undefined],
      ]);
    },
  );

  it.each(GIVEN_UP)('gives an event up when the bus says %s, which nothing will change', async (code) => {
    fail = () => new BusError(code, 'no');
    const { tried, durable } = publisher.publishSurely(event('a', '1'));
    await expect(durable).rejects.toMatchObject({ code });
    await tried;
    expect(publisher.waiting).toBe(0);
  });

  it('keeps the order of each key, whichever request fails', async () => {
    const failing = new Set(['a1', 'b2']);
    fail = (records) => {
      const unacknowledged = [...records.entries()].flatMap(([index, { value }]) =>
        failing.has(String(value)) ? [index] : [],
      );
      return unacknowledged.length > 0 ? new BusError('UNAVAILABLE', 'no', { unacknowledged }) : undefined;
    };
    const all = ['a1', 'b1', 'a2', 'b2', 'a3', 'b3'].map((value) =>
      publisher.publishSurely(event(value.charAt(0), value)),
    );
    await clock.advance(1_000);
    expect(values()).toEqual(['b1']);
    failing.clear();
    await clock.advance(1_000);
    await Promise.all(all.map(({ durable }) => durable));
    for (const key of ['a', 'b']) {
      expect(values().filter((value) => String(value).startsWith(key))).toEqual(
        [1, 2, 3].map((number) => `${key}${number}`),
      );
    }
  });

  it('goes on with a key behind an event that it gave up', async () => {
    fail = ([first]) => (first?.value === '1' ? new BusError('RECORD_TOO_LARGE', 'no') : undefined);
    const first = publisher.publishSurely(event('a', '1'));
    const second = publisher.publishSurely(event('a', '2'));
    await expect(first.durable).rejects.toMatchObject({ code: 'RECORD_TOO_LARGE' });
    await second.durable;
    expect(values()).toEqual(['2']);
  });

  it('lets nobody wait behind an event that has failed already', async () => {
    fail = () => new BusError('UNAVAILABLE', 'no');
    const first = publisher.publishSurely(event('a', '1'));
    await first.tried;
    const second = publisher.publishSurely(event('a', '2'));
    await second.tried;
    expect(publisher.waiting).toBe(2);
    publisher.publishSurely(event('a', '3')).durable.catch(() => undefined);
    expect(publisher.isBlocked).toBe(true);
    await Promise.all([
      expect(first.durable).rejects.toMatchObject({ code: 'CLOSED' }),
      expect(second.durable).rejects.toMatchObject({ code: 'CLOSED' }),
      publisher.close({ timeoutMs: 0 }),
    ]);
  });

  it('tries once more what waits when it is closed, in order', async () => {
    fail = () => new BusError('UNAVAILABLE', 'no');
    const first = publisher.publishSurely(event('a', '1'));
    const second = publisher.publishSurely(event('a', '2'));
    await first.tried;
    fail = () => undefined;
    await publisher.close({ timeoutMs: 5_000 });
    await Promise.all([first.durable, second.durable]);
    expect(values()).toEqual(['1', '2']);
  });

  it('writes once what was in doubt and turned out to be written', async () => {
    const late = Promise.withResolvers<'written'>();
    fail = () => new BusError('TIMEOUT', 'no answer', { late: late.promise });
    const { tried, durable } = publisher.publishSurely(event('a', '1'));
    await tried;
    fail = () => undefined;
    late.resolve('written');
    await durable;
    expect(log).toEqual([]);
  });
});
