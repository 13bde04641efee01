import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RecordBatch } from '../bus.ts';
import { busConformance } from '../bus-conformance.ts';
import { createMemoryBus } from './memory-bus.ts';

busConformance({ describe, it, beforeAll, afterAll }, 'The memory bus', () => createMemoryBus());

describe('The retention of the memory bus', () => {
  const record = { topic: 't', key: 'k', value: 'v' };
  const listener = { assigned: () => undefined, rebalancing: () => undefined, received: () => undefined };

  it('drops the oldest records of a topic that nobody reads', async () => {
    const bus = createMemoryBus({ partitionsPerTopic: 1, retainedRecordsPerPartition: 10 });
    for (let count = 0; count < 100; count += 1) await bus.send([{ ...record, value: String(count) }]);
    const values: string[] = [];
    const received = Promise.withResolvers<void>();
    const collecting = {
      ...listener,
      received: ({ records }: RecordBatch) => {
        values.push(...records.map(({ value }) => String(value)));
        received.resolve();
      },
    };
    bus.consume({ groupId: 'late', topics: ['t'] }, collecting);
    await received.promise;
    expect(values.length).toBeLessThanOrEqual(10);
    expect(values).toEqual(
      Array.from({ length: values.length }, (_, index) => String(100 - values.length + index)),
    );
    await bus.close();
  });

  it('refuses new records instead of dropping what a group has not committed', async () => {
    const bus = createMemoryBus({ partitionsPerTopic: 1, retainedRecordsPerPartition: 10 });
    const consumer = bus.consume({ groupId: 'g', topics: ['t'] }, listener);
    await bus.send(Array.from({ length: 10 }, () => record));
    await expect(bus.send([record])).rejects.toMatchObject({ code: 'OVERLOADED', retryable: true });
    await consumer.commit([{ topic: 't', partition: 0, offset: 3n }]);
    await bus.send([record, record, record]);
    await expect(bus.send([record])).rejects.toMatchObject({ code: 'OVERLOADED' });
    await bus.close();
  });

  it('fences a commit of a partition that went to another member', async () => {
    const bus = createMemoryBus({ partitionsPerTopic: 1 });
    const consumer = bus.consume({ groupId: 'g', topics: ['t'] }, listener);
    await bus.send([record]);
    await consumer.close();
    await expect(consumer.commit([{ topic: 't', partition: 0, offset: 1n }])).rejects.toMatchObject({
      code: 'FENCED',
    });
    await bus.close();
  });
});
