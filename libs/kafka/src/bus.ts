/**
 * The little of Kafka that the rest of Parley needs. Two implementations: `createKafkaBus` on a real cluster and
 * `createMemoryBus` inside this process; one conformance suite runs on both.
 */
export interface Bus {
  readonly kind: 'kafka' | 'memory';

  /**
   * Resolves once every record is acknowledged by all in-sync replicas (`acks=-1`). Rejects with a `BusError` that says
   * which records are not acknowledged. Those are surely not on the log, unless the error has a `late`: then they may be,
   * or may still get there, and `late` tells it as soon as it is known. Meanwhile every other `send` is refused as
   * `UNAVAILABLE`, so that nothing overtakes them.
   */
  send(records: readonly OutgoingRecord[], options?: SendOptions): Promise<void>;

  /** Joins a consumer group in the background and stays in it until closed, whatever happens to the broker. */
  consume(subscription: Subscription, listener: ConsumerListener): BusConsumer;

  /** Creates the topics that do not exist yet. Existing ones stay as they are. */
  ensureTopics(topics: readonly TopicSpec[]): Promise<void>;

  state(): BusState;

  /** Closes consumers and the producer. Everything after it rejects with `CLOSED`. */
  close(): Promise<void>;
}

export interface OutgoingRecord {
  readonly topic: string;
  /** Records of equal keys go to the same partition; null spreads. */
  readonly key: string | Buffer | null;
  /** Null is a tombstone. */
  readonly value: Buffer | string | null;
  /** A list sends the header several times, in its order. */
  readonly headers?: Readonly<Record<string, string | Buffer | readonly Buffer[]>>;
}

export interface IncomingRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** A header sent several times shows its last value; a null header value shows as an empty buffer. */
  readonly headers: Readonly<Record<string, Buffer>>;
  /** Every value, in order, of those headers that were sent several times; absent when none was. */
  readonly repeatedHeaders?: Readonly<Record<string, readonly Buffer[]>>;
  readonly timestampMs: number;
}

export interface SendOptions {
  /** @default 10_000 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
}

export interface Subscription {
  /** Exactly this id is the group, nothing appended. A group without committed offsets starts at the earliest record. */
  readonly groupId: string;
  readonly topics: readonly string[];
}

/** What a consumer is told. The calls are synchronous and must not throw; work happens elsewhere. */
export interface ConsumerListener {
  /** The partitions of this member from now on. Delivery restarts at the committed offsets, for kept partitions too. */
  assigned(assignment: Assignment): void;
  /** The group is about to be reassigned: the last chance to commit what is settled. */
  rebalancing(): void;
  /** Records of one partition, in order. The bus goes on behind `nextOffset` at once: it is taken, or lost to this member. */
  received(batch: RecordBatch): void;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface Assignment {
  /**
   * A new id means that the group had expelled this member, and others may have owned its partitions meanwhile. They may
   * have under the same id too, when this member was slow to take part in an assignment that came before this one.
   */
  readonly memberId: string;
  readonly partitions: readonly TopicPartition[];
}

export interface RecordBatch extends TopicPartition {
  /** None when all that was fetched is never shown. */
  readonly records: readonly IncomingRecord[];
  /**
   * Where the fetch began: in the first batch of an assignment, what the group has committed. When no record is shown it
   * may be any offset between there and `nextOffset`.
   */
  readonly fetchOffset: bigint;
  /** Behind the last record, including what is never shown, such as the markers of transactions. */
  readonly nextOffset: bigint;
  /** Where the partition ended when this was fetched. */
  readonly endOffset: bigint;
}

export interface PartitionOffset extends TopicPartition {
  /** The next offset to read: last settled plus one. */
  readonly offset: bigint;
}

export interface BusConsumer {
  /** One attempt. Rejects with `FENCED` when the group has been reassigned and this member may not commit any more. */
  commit(offsets: readonly PartitionOffset[]): Promise<void>;
  /** A batch already on its way may still arrive. */
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  state(): ConnectionState;
  /** Leaves the group. Commits nothing by itself. */
  close(): Promise<void>;
}

export interface BusState {
  readonly producer: ConnectionState;
  readonly consumers: readonly ConnectionState[];
}

/**
 * Facts, not a verdict: what they mean for health is decided by who knows the process. Times are those of
 * `performance.now()`, because the wall clock may be set.
 */
export interface ConnectionState {
  /** A producer: the last thing heard was not a lost connection. A consumer: it is a member of its group. */
  readonly connected: boolean;
  /** Since when `connected` has had this value. */
  readonly sinceMs: number;
  /** Last acknowledgement, or last turn of the fetch loop; absent before the first. */
  readonly lastProgressMs?: number;
}
