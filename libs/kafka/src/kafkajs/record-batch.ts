import type { Batch, ConsumerStartBatchProcessEvent, IHeaders, KafkaMessage } from 'kafkajs';
import type { IncomingRecord, RecordBatch } from '../bus.ts';

export function toRecordBatch(batch: Batch): RecordBatch {
  const { topic, partition } = batch;
  return {
    topic,
    partition,
    records: batch.messages.map((message) => toRecord(message, topic, partition)),
    fetchOffset: BigInt((batch as BatchOfKafkajs).fetchedOffset),
    nextOffset: BigInt(batch.lastOffset()) + 1n,
    endOffset: BigInt(batch.highWatermark),
  };
}

/** Of a batch that kafkajs does not hand over, because none of it is shown: aborted records and markers of transactions. */
export function toEmptyBatch(batch: ConsumerStartBatchProcessEvent['payload']): RecordBatch {
  const { topic, partition, lastOffset } = batch;
  const firstOffset = batch.firstOffset as string | null;
  return {
    topic,
    partition,
    records: [],
    fetchOffset: BigInt(firstOffset ?? lastOffset),
    nextOffset: BigInt(lastOffset) + 1n,
    endOffset: BigInt(batch.highWatermark),
  };
}

/** The types of kafkajs leave it out. */
interface BatchOfKafkajs extends Batch {
  readonly fetchedOffset: string;
}

function toRecord(message: KafkaMessage, topic: string, partition: number): IncomingRecord {
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    // Copies, because kafkajs gives views of the whole response, which one unsettled record would keep in memory.
    key: message.key && Buffer.from(message.key),
    value: message.value && Buffer.from(message.value),
    ...toHeaders(message.headers),
    timestampMs: Number(message.timestamp),
  };
}

/** Objects without a prototype, because a header may be called anything. */
function toHeaders(received: IHeaders = {}): Pick<IncomingRecord, 'headers' | 'repeatedHeaders'> {
  const headers = Object.create(null) as Record<string, Buffer>;
  let repeatedHeaders: Record<string, readonly Buffer[]> | undefined;
  for (const [name, content] of Object.entries(received)) {
    if (!Array.isArray(content)) {
      headers[name] = toBuffer(content);
      continue;
    }
    const values = content.map(toBuffer);
    headers[name] = values.at(-1) ?? EMPTY;
    repeatedHeaders ??= Object.create(null) as Record<string, readonly Buffer[]>;
    repeatedHeaders[name] = values;
  }
  return { headers, ...(repeatedHeaders && { repeatedHeaders }) };
}

const EMPTY = Buffer.alloc(0);

/** The types of kafkajs do not say that a header's value may be null. */
function toBuffer(content: Buffer | string | null | undefined): Buffer {
  if (content === null || content === undefined) return EMPTY;
  return Buffer.from(content as Buffer);
}
