import { BusError } from '../bus-error.ts';
import type {
  BusConsumer,
  ConnectionState,
  ConsumerListener,
  PartitionOffset,
  TopicPartition,
} from '../bus.ts';
import type { PartitionLog } from './partition-log.ts';

export type Topics = ReadonlyMap<string, readonly PartitionLog[]>;

/** Committed offsets and members of one group. Members share the partitions round robin; every change moves all anew. */
export class MemoryGroup {
  readonly #topics: Topics;
  readonly #committed = new Map<string, bigint>();
  readonly members = new Set<MemoryConsumer>();
  readonly #subscribed = new Set<string>();
  #memberCount = 0;

  constructor(topics: Topics) {
    this.#topics = topics;
  }

  join(topics: readonly string[], listener: ConsumerListener): MemoryConsumer {
    for (const topic of topics) this.#subscribed.add(topic);
    this.#memberCount += 1;
    const member = new MemoryConsumer(this, topics, listener, `member-${this.#memberCount}`);
    this.members.add(member);
    // Not within the call: its caller does not hold the consumer yet.
    queueMicrotask(() => this.rebalance());
    return member;
  }

  leave(member: MemoryConsumer): void {
    if (this.members.delete(member)) this.rebalance();
  }

  rebalance(): void {
    const members = [...this.members];
    for (const member of members) member.rebalancing();
    const shares = new Map(members.map((member) => [member, [] as TopicPartition[]]));
    for (const topic of this.#subscribed) {
      const takers = members.filter((member) => member.topics.includes(topic));
      this.#topics.get(topic)?.forEach((_, partition) => {
        const taker = takers[partition % takers.length];
        if (taker) shares.get(taker)?.push({ topic, partition });
      });
    }
    for (const [member, partitions] of shares) member.assign(partitions);
  }

  wake(): void {
    for (const member of this.members) member.wake();
  }

  logOf({ topic, partition }: TopicPartition): PartitionLog | undefined {
    return this.#topics.get(topic)?.[partition];
  }

  /** Undefined before the first commit: earliest. */
  committed(of: TopicPartition): bigint | undefined {
    return this.#committed.get(idOf(of));
  }

  commit(offsets: readonly PartitionOffset[]): void {
    for (const each of offsets) this.#committed.set(idOf(each), each.offset);
  }

  /** Records from here on must be kept for this group. */
  neededFrom(of: TopicPartition, start: bigint): bigint | undefined {
    return this.#subscribed.has(of.topic) ? (this.committed(of) ?? start) : undefined;
  }
}

/** One member: reads its partitions in turn, each turn of the event loop one batch of each. */
export class MemoryConsumer implements BusConsumer {
  readonly topics: readonly string[];
  readonly #group: MemoryGroup;
  readonly #listener: ConsumerListener;
  readonly #memberId: string;
  readonly #positions = new Map<string, { readonly of: TopicPartition; offset: bigint }>();
  readonly #paused = new Set<string>();
  readonly #sinceMs = performance.now();
  #lastProgressMs: number | undefined;
  #turn: NodeJS.Immediate | undefined;
  #closed = false;

  constructor(group: MemoryGroup, topics: readonly string[], listener: ConsumerListener, memberId: string) {
    this.#group = group;
    this.topics = topics;
    this.#listener = listener;
    this.#memberId = memberId;
  }

  rebalancing(): void {
    if (this.#positions.size > 0) this.#listener.rebalancing();
  }

  assign(partitions: readonly TopicPartition[]): void {
    this.#positions.clear();
    this.#paused.clear();
    for (const of of partitions) {
      const start = this.#group.logOf(of)?.start ?? 0n;
      this.#positions.set(idOf(of), { of, offset: this.#group.committed(of) ?? start });
    }
    this.#listener.assigned({ memberId: this.#memberId, partitions });
    this.wake();
  }

  wake(): void {
    if (!this.#closed) this.#turn ??= setImmediate(() => this.#deliver());
  }

  commit(offsets: readonly PartitionOffset[]): Promise<void> {
    if (offsets.some((each) => !this.#positions.has(idOf(each)))) {
      return Promise.reject(new BusError('FENCED', 'The partition belongs to another member'));
    }
    this.#group.commit(offsets);
    return Promise.resolve();
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const each of partitions) this.#paused.add(idOf(each));
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const each of partitions) this.#paused.delete(idOf(each));
    this.wake();
  }

  state(): ConnectionState {
    return {
      connected: !this.#closed,
      sinceMs: this.#sinceMs,
      ...(this.#lastProgressMs !== undefined && { lastProgressMs: this.#lastProgressMs }),
    };
  }

  close(): Promise<void> {
    this.#closed = true;
    clearImmediate(this.#turn);
    this.#positions.clear();
    this.#group.leave(this);
    return Promise.resolve();
  }

  #deliver(): void {
    this.#turn = undefined;
    this.#lastProgressMs = performance.now();
    let delivered = false;
    for (const [id, position] of this.#positions) {
      const log = this.#group.logOf(position.of);
      if (!log || this.#paused.has(id)) continue;
      const records = log.read(position.offset, MAX_BATCH_RECORDS);
      const last = records.at(-1);
      if (!last) continue;
      const fetchOffset = position.offset;
      position.offset = last.offset + 1n;
      const { offset: nextOffset, of } = position;
      this.#listener.received({ ...of, records, fetchOffset, nextOffset, endOffset: log.end });
      delivered = true;
    }
    if (delivered) this.wake();
  }
}

const MAX_BATCH_RECORDS = 500;

function idOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
