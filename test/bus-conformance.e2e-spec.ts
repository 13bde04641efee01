import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KeyOrderedConsumer, createKafkaBus, readTopic } from '@parley/kafka';
import type { Bus, IncomingRecord, KeyOrderedConsumerOptions } from '@parley/kafka';
import { busConformance } from '@parley/kafka/conformance';
import kafkajs from 'kafkajs';

const brokers = process.env['KAFKA_BROKERS']?.split(',') ?? [];

const describeWithKafka = brokers.length === 0 ? describe.skip : describe;
const makeBus = (): Bus => createKafkaBus({ brokers, clientId: 'bus-conformance' });

busConformance(
  { describe: describeWithKafka, it, beforeAll, afterAll },
  'Kafka (needs KAFKA_BROKERS)',
  makeBus,
);
describeWithKafka('Kafka on the wire (needs KAFKA_BROKERS)', onTheWire);

/** What only a real broker can show; kafkajs stands for other people’s producers and tools. */
function onTheWire(): void {
  const { CompressionTypes } = kafkajs;
  const kafka = new kafkajs.Kafka({ brokers, clientId: 'other', logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  let bus: Bus;

  beforeAll(async () => {
    bus = makeBus();
    await Promise.all([admin.connect(), producer.connect()]);
  });
  afterAll(() => Promise.all([admin.disconnect(), producer.disconnect(), bus.close()]));

  function consume(
    topic: string,
    seen: IncomingRecord[],
    options: Partial<KeyOrderedConsumerOptions> = {},
  ): KeyOrderedConsumer {
    const consumer = new KeyOrderedConsumer({
      bus,
      groupId: `${topic}.group`,
      topics: [topic],
      deadLetterTopic: `${topic}.dlq`,
      handler: (record) => {
        seen.push(record);
        return Promise.resolve({ kind: 'done' });
      },
      ...options,
    });
    consumer.start();
    return consumer;
  }

  it('reads what a topic holds once, from all partitions, to its end behind an aborted transaction', async () => {
    const topic = `wire-${randomUUID()}`;
    await bus.ensureTopics([{ topic, partitions: 3 }]);
    const messages = [0, 1].flatMap((partition) =>
      ['one', 'two', 'three'].map((value) => ({ partition, value: `${partition}-${value}` })),
    );
    await producer.send({ topic, messages });
    const transactional = kafka.producer({
      transactionalId: topic,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await transactional.connect();
    const transaction = await transactional.transaction();
    await transaction.send({ topic, messages: [{ partition: 0, value: 'never shown' }] });
    await transaction.abort();
    await transactional.disconnect();
    const seen: string[] = [];
    const onRecords = (records: readonly IncomingRecord[]): Promise<void> => {
      seen.push(...records.map(({ value }) => String(value)));
      return Promise.resolve();
    };
    await readTopic(topic, { brokers, clientId: 'reader' }, { onRecords });
    expect(seen.toSorted()).toEqual(messages.map(({ value }) => value).toSorted());
    const failing = readTopic(
      topic,
      { brokers, clientId: 'reader' },
      { onRecords: () => Promise.reject(new Error('full')) },
    );
    await expect(failing).rejects.toThrow('full');
  });

  it.each(['None', 'GZIP', 'Snappy', 'LZ4', 'ZSTD'] as const)(
    'reads batches compressed with %s',
    async (codec) => {
      const topic = `wire-${randomUUID()}`;
      await bus.ensureTopics([{ topic, partitions: 1 }]);
      const value = 'compressible '.repeat(1_000);
      await producer.send({
        topic,
        compression: CompressionTypes[codec],
        messages: Array.from({ length: 50 }, (_, index) => ({ key: String(index), value })),
      });
      const seen: IncomingRecord[] = [];
      const consumer = consume(topic, seen);
      await until(() => seen.length === 50);
      expect(seen.every((record) => String(record.value) === value)).toBe(true);
      await consumer.close({ graceMs: 1_000 });
    },
    60_000,
  );

  it('commits the offset behind the last settled record, under exactly the group id given', async () => {
    const topic = `wire-${randomUUID()}`;
    await bus.ensureTopics([{ topic, partitions: 1 }]);
    await bus.send(['a', 'b', 'c'].map((value) => ({ topic, key: value, value })));
    const seen: IncomingRecord[] = [];
    const consumer = consume(topic, seen);
    await until(() => seen.length === 3);
    await consumer.close({ graceMs: 1_000 });
    const [offsets] = await admin.fetchOffsets({ groupId: `${topic}.group`, topics: [topic] });
    expect(offsets?.partitions).toMatchObject([{ partition: 0, offset: '3' }]);
    const { groups } = await admin.describeGroups([`${topic}.group`]);
    expect(groups).toMatchObject([{ state: 'Empty' }]);
  }, 60_000);

  it('stays a member for longer than the session timeout while a handler takes its time', async () => {
    const topic = `wire-${randomUUID()}`;
    await bus.ensureTopics([{ topic, partitions: 1 }]);
    const gate = Promise.withResolvers<undefined>();
    const lost: string[] = [];
    const consumer = consume(topic, [], {
      handler: () => gate.promise.then(() => ({ kind: 'done' })),
      onEvent: ({ type }) => lost.push(...(type === 'partitions-lost' ? [type] : [])),
    });
    await bus.send([{ topic, key: 'k', value: 'v' }]);
    await until(() => consumer.state().inFlight === 1);
    await until(() => (consumer.state().oldestInFlightMs ?? 0) > 20_000);
    expect(lost).toEqual([]);
    gate.resolve(undefined);
    await until(() => consumer.state().lag === 0n);
    await consumer.close({ graceMs: 1_000 });
  }, 60_000);

  it('is done with what is never shown, though nothing else is read: aborted records and their marker', async () => {
    const topic = `wire-${randomUUID()}`;
    await bus.ensureTopics([{ topic, partitions: 1 }]);
    const transactional = kafka.producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      transactionalId: topic,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await transactional.connect();
    const abort = async (): Promise<void> => {
      const transaction = await transactional.transaction();
      await transaction.send({ topic, messages: [{ key: 'k', value: 'never' }] });
      await transaction.abort();
    };
    await abort();
    const seen: IncomingRecord[] = [];
    const consumer = consume(topic, seen, { commitIntervalMs: 50 });
    await untilCommitted(topic, '2');
    await bus.send([{ topic, key: 'k', value: 'shown' }]);
    await abort();
    await untilCommitted(topic, '5');
    expect(seen.map(({ value }) => String(value))).toEqual(['shown']);
    expect(consumer.state().lag).toBe(0n);
    await Promise.all([consumer.close({ graceMs: 1_000 }), transactional.disconnect()]);
  }, 60_000);

  async function untilCommitted(topic: string, offset: string): Promise<void> {
    const deadlineMs = Date.now() + 20_000;
    for (;;) {
      const [offsets] = await admin.fetchOffsets({ groupId: `${topic}.group`, topics: [topic] });
      const committed = offsets?.partitions[0]?.offset;
      if (committed === offset) return;
      if (Date.now() > deadlineMs) throw new Error(`Committed up to ${committed}, not ${offset}`);
      await sleep(50);
    }
  }

  it('gives a batch again that its listener failed to take', async () => {
    const topic = `wire-${randomUUID()}`;
    await bus.ensureTopics([{ topic, partitions: 1 }]);
    await bus.send(['a', 'b', 'c'].map((value) => ({ topic, key: 'k', value })));
    const seen: string[] = [];
    let failures = 1;
    const consumer = bus.consume(
      { groupId: `${topic}.group`, topics: [topic] },
      {
        assigned: () => undefined,
        rebalancing: () => undefined,
        received: ({ records }) => {
          if (failures-- > 0) throw new TypeError('a bug');
          seen.push(...records.map(({ value }) => String(value)));
        },
      },
    );
    await until(() => seen.length >= 3);
    expect(seen).toEqual(['a', 'b', 'c']);
    await consumer.close();
  }, 60_000);

  it('waits for a topic that does not exist yet, and does not create it', async () => {
    const topic = `wire-${randomUUID()}`;
    const events = new Set<string>();
    const waiting = createKafkaBus({ brokers, clientId: 'waiting', onEvent: ({ type }) => events.add(type) });
    const seen: IncomingRecord[] = [];
    const consumer = consume(topic, seen, { bus: waiting });
    await until(() => events.has('consumer-crashed') || events.has('consumer-assigned'));
    await expect(bus.send([{ topic, key: 'k', value: 'v' }])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await admin.listTopics()).not.toContain(topic);
    await bus.ensureTopics([{ topic, partitions: 1 }]);
    await bus.send([{ topic, key: 'k', value: 'v' }]);
    await until(() => seen.length === 1);
    await consumer.close({ graceMs: 1_000 });
    await waiting.close();
  }, 60_000);

  it('rejects what the broker finds too large, and goes on', async () => {
    const topic = `wire-${randomUUID()}`;
    await bus.ensureTopics([{ topic, partitions: 1 }]);
    const value = Buffer.alloc(1_100_000, 1);
    await expect(bus.send([{ topic, key: 'k', value }])).rejects.toMatchObject({
      code: 'RECORD_TOO_LARGE',
      retryable: false,
    });
    await bus.send([{ topic, key: 'k', value: 'small' }]);
  }, 60_000);

  it('dead-letters a record that is too large with its story, without its value', async () => {
    const topic = `wire-${randomUUID()}`;
    await bus.ensureTopics([
      { topic, partitions: 1 },
      { topic: `${topic}.dlq`, partitions: 1 },
    ]);
    // The story in the headers is what makes it too large.
    await bus.send([{ topic, key: 'k', value: Buffer.alloc(1_048_450, 1) }]);
    const rejecting = consume(topic, [], {
      handler: () => Promise.resolve({ kind: 'dead-letter', reason: 'BAD', message: 'no good' }),
    });
    const letters: IncomingRecord[] = [];
    const reading = consume(`${topic}.dlq`, letters);
    await until(() => letters.length === 1);
    expect(letters[0]?.value).toBeNull();
    expect(String(letters[0]?.headers['dlq-value-omitted-bytes'])).toBe('1048450');
    await Promise.all([rejecting, reading].map((consumer) => consumer.close({ graceMs: 1_000 })));
  }, 60_000);

  it('dead-letters a record whose headers alone are too large with its story, without them', async () => {
    const topic = `wire-${randomUUID()}`;
    await bus.ensureTopics([
      { topic, partitions: 1 },
      { topic: `${topic}.dlq`, partitions: 1 },
    ]);
    await bus.send([{ topic, key: 'k', value: 'v', headers: { large: Buffer.alloc(1_048_450, 1) } }]);
    const rejecting = consume(topic, [], {
      handler: () => Promise.resolve({ kind: 'dead-letter', reason: 'BAD', message: 'no good' }),
    });
    const letters: IncomingRecord[] = [];
    const reading = consume(`${topic}.dlq`, letters);
    await until(() => letters.length === 1);
    expect(letters[0]).toMatchObject({ key: Buffer.from('k'), value: null });
    expect(letters[0]?.headers).not.toHaveProperty('large');
    expect(String(letters[0]?.headers['dlq-headers-omitted-bytes'])).toBe('1048459');
    await until(() => rejecting.state().lag === 0n);
    await Promise.all([rejecting, reading].map((consumer) => consumer.close({ graceMs: 1_000 })));
  }, 60_000);
}

async function until(condition: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + 45_000;
  while (!condition()) {
    if (Date.now() > deadlineMs) throw new Error('Waited in vain');
    await sleep(10);
  }
}
