import { BusError } from '../bus-error.ts';
import type {
  Bus,
  BusConsumer,
  BusState,
  ConsumerListener,
  IncomingRecord,
  OutgoingRecord,
  SendOptions,
  Subscription,
  TopicSpec,
} from '../bus.ts';
import { MemoryGroup } from './memory-group.ts';
import { PartitionLog } from './partition-log.ts';

export interface MemoryBusOptions {
  /** Of topics that come into being by being used. @default 4 */
  readonly partitionsPerTopic?: number;
  /**
   * A full partition drops its oldest records, as far as every group that reads the topic has committed them. When that
   * makes no room, `send` rejects with `OVERLOADED`: nothing unread is dropped.
   * @default 50_000
   */
  readonly retainedRecordsPerPartition?: number;
}

/** Kafka's semantics inside this process, for a machine without Kafka and for tests. Gone when the process ends. */
export function createMemoryBus(options: MemoryBusOptions = {}): Bus {
  return new MemoryBus(options);
}

class MemoryBus implements Bus {
  readonly kind = 'memory';
  readonly #options: Required<MemoryBusOptions>;
  readonly #topics = new Map<string, readonly PartitionLog[]>();
  readonly #groups = new Map<string, MemoryGroup>();
  readonly #sinceMs = performance.now();
  #lastProgressMs: number | undefined;
  #spread = 0;
  #closed = false;

  constructor(options: MemoryBusOptions) {
    this.#options = { partitionsPerTopic: 4, retainedRecordsPerPartition: 50_000, ...options };
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- its failures are rejections, like those of a real bus
  async send(records: readonly OutgoingRecord[], { signal }: SendOptions = {}): Promise<void> {
    if (this.#closed) throw new BusError('CLOSED', 'The bus is closed');
    if (signal?.aborted) throw new BusError('ABORTED', 'Producing was given up by its caller');
    const placed = records.map((record) => this.#place(record));
    this.#makeRoom(placed);
    for (const { record, partition, log } of placed) {
      log.append(toIncoming(record, partition, log.end));
    }
    this.#lastProgressMs = performance.now();
    for (const group of this.#groups.values()) group.wake();
  }

  consume({ groupId, topics }: Subscription, listener: ConsumerListener): BusConsumer {
    if (this.#closed) throw new BusError('CLOSED', 'The bus is closed');
    for (const topic of topics) this.#topic(topic);
    const group = this.#groups.get(groupId) ?? new MemoryGroup(this.#topics);
    this.#groups.set(groupId, group);
    return group.join(topics, listener);
  }

  ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    for (const { topic, partitions } of topics) this.#topic(topic, partitions);
    return Promise.resolve();
  }

  state(): BusState {
    return {
      producer: {
        connected: !this.#closed,
        sinceMs: this.#sinceMs,
        ...(this.#lastProgressMs !== undefined && { lastProgressMs: this.#lastProgressMs }),
      },
      consumers: this.#consumers().map((consumer) => consumer.state()),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#consumers().map((consumer) => consumer.close()));
  }

  #consumers(): BusConsumer[] {
    return [...this.#groups.values()].flatMap(({ members }) => [...members]);
  }

  #topic(topic: string, partitions = this.#options.partitionsPerTopic): readonly PartitionLog[] {
    let logs = this.#topics.get(topic);
    if (!logs) {
      const { retainedRecordsPerPartition } = this.#options;
      logs = Array.from({ length: partitions }, () => new PartitionLog(retainedRecordsPerPartition));
      this.#topics.set(topic, logs);
    }
    return logs;
  }

  #place(record: OutgoingRecord): Placed {
    const logs = this.#topic(record.topic);
    const number = record.key === null ? this.#spread++ : hash(record.key);
    const partition = number % logs.length;
    const log = logs[partition];
    if (!log) throw new BusError('REJECTED', `Topic ${record.topic} has no partitions`);
    return { record, partition, log };
  }

  /** All of the records, or none. */
  #makeRoom(placed: readonly Placed[]): void {
    for (const [log, ofLog] of Map.groupBy(placed, (each) => each.log)) {
      const [{ record, partition }] = ofLog as [Placed];
      const needed = [...this.#groups.values()].flatMap(
        (group) => group.neededFrom({ topic: record.topic, partition }, log.start) ?? [],
      );
      const neededFrom = needed.reduce((oldest, each) => (each < oldest ? each : oldest), log.end);
      if (!log.makeRoom(ofLog.length, neededFrom)) {
        throw new BusError('OVERLOADED', `Topic ${record.topic} is full of records its groups have not read`);
      }
    }
  }
}

interface Placed {
  readonly record: OutgoingRecord;
  readonly partition: number;
  readonly log: PartitionLog;
}

/** Copies, so that nobody shares memory with the log. */
function toIncoming(record: OutgoingRecord, partition: number, offset: bigint): IncomingRecord {
  const { topic, key, value } = record;
  return {
    topic,
    partition,
    offset,
    key: toBuffer(key),
    value: toBuffer(value),
    ...toHeaders(record.headers),
    timestampMs: Date.now(),
  };
}

function toHeaders(
  sent: OutgoingRecord['headers'] = {},
): Pick<IncomingRecord, 'headers' | 'repeatedHeaders'> {
  const headers = Object.create(null) as Record<string, Buffer>;
  const repeatedHeaders = Object.create(null) as Record<string, readonly Buffer[]>;
  for (const [name, content] of Object.entries(sent)) {
    if (typeof content === 'string' || Buffer.isBuffer(content)) {
      headers[name] = Buffer.from(content as string);
      continue;
    }
    const values = content.map((each) => Buffer.from(each));
    const last = values.at(-1);
    if (last) headers[name] = last;
    if (values.length > 1) repeatedHeaders[name] = values;
  }
  return { headers, ...(Object.keys(repeatedHeaders).length > 0 && { repeatedHeaders }) };
}

function toBuffer(content: string | Buffer | null): Buffer | null {
  return content === null ? null : Buffer.from(content as string);
}

/** FNV-1a. */
function hash(key: string | Buffer): number {
  let state = 0x811c9dc5;
  for (const byte of Buffer.from(key as string)) state = Math.imul(state ^ byte, 0x01000193) >>> 0;
  return state;
}
