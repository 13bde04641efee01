import { randomUUID } from 'node:crypto';
import type { Bus, BusConsumer, IncomingRecord, RecordBatch } from '@parley/kafka';
import { until } from '@parley/testing';

/** Reads a topic from its beginning and goes on with what comes, under a group of its own that commits nothing. */
export class TopicReader {
  /** In order within each partition. */
  readonly records: IncomingRecord[] = [];
  readonly #topic: string;
  readonly #consumer: BusConsumer;
  /** Of each partition, the offset behind the last that was read. */
  readonly #next = new Map<number, bigint>();

  constructor(bus: Bus, topic: string) {
    this.#topic = topic;
    this.#consumer = bus.consume(
      { groupId: `test-reader-${randomUUID()}`, topics: [topic] },
      {
        assigned: () => undefined,
        rebalancing: () => undefined,
        received: (batch) => this.#take(batch),
      },
    );
  }

  /** Resolves when everything before the given offsets is read. */
  readTo(ends: ReadonlyMap<number, bigint>, { timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    const isRead = (): boolean =>
      [...ends].every(([partition, end]) => (this.#next.get(partition) ?? 0n) >= end);
    return until(`${this.#topic} is read`, isRead, { timeoutMs });
  }

  close(): Promise<void> {
    return this.#consumer.close();
  }

  /** What a rejoin delivers again is known by its offset. */
  #take({ partition, records, nextOffset }: RecordBatch): void {
    const next = this.#next.get(partition) ?? 0n;
    for (const record of records) if (record.offset >= next) this.records.push(record);
    if (nextOffset > next) this.#next.set(partition, nextOffset);
  }
}
