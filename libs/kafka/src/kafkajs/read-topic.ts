import { randomUUID } from 'node:crypto';
import type { Consumer } from 'kafkajs';
import { BusError } from '../bus-error.ts';
import type { IncomingRecord, RecordBatch } from '../bus.ts';
import { within } from '../deadline.ts';
import { Client, type KafkaConnectionOptions } from './client.ts';
import { busErrorFrom } from './error.ts';
import { toEmptyBatch, toRecordBatch } from './record-batch.ts';

export interface ReadTopicOptions {
  /** Takes records of one partition, in order; the next come when it has resolved. Rejecting ends the reading. */
  readonly onRecords: (records: readonly IncomingRecord[]) => Promise<void>;
  /** How long nothing may come before it is given up. @default 30_000 */
  readonly patienceMs?: number;
}

/**
 * Everything that a topic holds at this moment, once; what comes later is not read. Its group has a new name that begins with
 * the client's id, and commits nothing. Rejects with a `BusError`, or with what `onRecords` rejects with.
 */
export async function readTopic(
  topic: string,
  connection: KafkaConnectionOptions,
  { onRecords, patienceMs = 30_000 }: ReadTopicOptions,
): Promise<void> {
  const client = new Client(connection);
  try {
    const ends = await within(endsOf(client, topic), { timeoutMs: patienceMs, what: 'Asking for the topic' });
    if (ends.size === 0) return;
    const consumer = client.kafka.consumer({
      groupId: `${connection.clientId}-${randomUUID()}`,
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: 250,
    });
    try {
      await readTo(ends, consumer, { topic, onRecords, patienceMs });
    } finally {
      // Also after a failure: kafkajs would begin anew for ever. Whom the group misses it finds out by itself.
      const left = within(consumer.disconnect(), { timeoutMs: LEAVE_TIMEOUT_MS, what: 'Leaving the group' });
      await left.catch(() => undefined);
    }
  } finally {
    client.destroy();
  }
}

const LEAVE_TIMEOUT_MS = 5_000;

/** Of the partitions that hold something: the offset behind it. */
async function endsOf(client: Client, topic: string): Promise<Map<number, bigint>> {
  const admin = client.kafka.admin();
  try {
    await admin.connect();
    const partitions = await admin.fetchTopicOffsets(topic);
    const filled = partitions.filter(({ low, high }) => BigInt(low) < BigInt(high));
    return new Map(filled.map(({ partition, high }) => [partition, BigInt(high)]));
  } catch (error) {
    throw busErrorFrom(error);
  }
}

async function readTo(
  ends: Map<number, bigint>,
  consumer: Consumer,
  { topic, onRecords, patienceMs }: Required<ReadTopicOptions> & { readonly topic: string },
): Promise<void> {
  const { promise: finished, resolve: finish, reject: fail } = Promise.withResolvers<void>();
  // It may come while the consumer still joins, before anybody waits below.
  finished.catch(() => ends.clear());
  const timer = setTimeout(
    () => fail(new BusError('TIMEOUT', `Nothing came for ${patienceMs} ms`)),
    patienceMs,
  );
  // A session that kafkajs begins anew, as while a broker loads its groups, reads from the beginning again.
  const next = new Map<number, bigint>();
  const take = async ({ partition, records, nextOffset }: RecordBatch): Promise<void> => {
    const end = ends.get(partition);
    if (end === undefined) return;
    timer.refresh();
    const from = next.get(partition) ?? 0n;
    const wanted = records.filter(({ offset }) => offset >= from && offset < end);
    if (wanted.length > 0) await onRecords(wanted);
    if (nextOffset > from) next.set(partition, nextOffset);
    if (nextOffset >= end) ends.delete(partition);
    if (ends.size === 0) finish();
  };
  consumer.on('consumer.crash', ({ payload }) => {
    if (!payload.restart) fail(busErrorFrom(payload.error));
  });
  // Where nothing is shown, such as the markers of transactions.
  consumer.on('consumer.start_batch_process', ({ payload }) => {
    if (payload.batchSize === 0) take(toEmptyBatch(payload)).catch(fail);
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    // An error that left eachBatch would begin the batch again.
    await consumer.run({
      autoCommit: false,
      eachBatch: ({ batch }) => take(toRecordBatch(batch)).catch(fail),
    });
    await finished;
  } catch (error) {
    throw error instanceof Error && error.name.startsWith('KafkaJS') ? busErrorFrom(error) : error;
  } finally {
    clearTimeout(timer);
  }
}
