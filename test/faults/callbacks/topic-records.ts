import { randomUUID } from 'node:crypto';
import { until } from '@parley/testing';
import kafkajs from 'kafkajs';

const READ_TIMEOUT_MS = 30_000;

/** A record as another team's consumer sees it. */
export interface TopicRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string;
}

/**
 * Everything that a topic holds at this moment; of each partition in its order.
 *
 * @param options.timeoutMs @default 30 seconds
 * @throws Error when that was not enough to read it
 */
export async function topicRecords(
  brokers: string,
  topic: string,
  { timeoutMs = READ_TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
): Promise<TopicRecord[]> {
  const kafka = newClient(brokers);
  const ends = await endOffsets(kafka, topic);
  const records: TopicRecord[] = [];
  const consumer = kafka.consumer({ groupId: `reader-${randomUUID()}`, maxWaitTimeInMs: 100 });
  const missing = new Map([...ends].filter(([, end]) => end > 0));
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: ({ batch }) => {
        const { partition, messages } = batch;
        records.push(...messages.map((message) => recordOf(partition, message)));
        if (Number(batch.lastOffset()) + 1 >= (missing.get(partition) ?? Infinity)) missing.delete(partition);
        return Promise.resolve();
      },
    });
    await until(`all of ${topic}`, () => missing.size === 0, { timeoutMs });
  } finally {
    await consumer.disconnect();
  }
  return records;
}

/** How many records a topic holds. */
export async function topicLength(brokers: string, topic: string): Promise<number> {
  const ends = await endOffsets(newClient(brokers), topic);
  return [...ends.values()].reduce((sum, end) => sum + end, 0);
}

function newClient(brokers: string): kafkajs.Kafka {
  return new kafkajs.Kafka({
    clientId: 'topic-records',
    brokers: brokers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
  });
}

async function endOffsets(kafka: kafkajs.Kafka, topic: string): Promise<ReadonlyMap<number, number>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
  } finally {
    await admin.disconnect();
  }
}

function recordOf(
  partition: number,
  { key, headers = {}, value, offset }: kafkajs.KafkaMessage,
): TopicRecord {
  return {
    partition,
    offset: Number(offset),
    key: key?.toString(),
    headers: Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, String(bytes)])),
    value: value?.toString() ?? '',
  };
}
