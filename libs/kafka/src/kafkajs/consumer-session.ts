import type { Consumer, EachBatchPayload } from 'kafkajs';
import { BusError } from '../bus-error.ts';
import type { ConsumerListener, PartitionOffset, Subscription, TopicPartition } from '../bus.ts';
import { within } from '../deadline.ts';
import type { Client } from './client.ts';
import { busErrorFrom } from './error.ts';
import { toEmptyBatch, toRecordBatch } from './record-batch.ts';

export interface SessionListener extends ConsumerListener {
  /** The fetch loop has turned, with records or without. */
  fetched(): void;
}

/**
 * One kafkajs consumer, from connecting until it crashes or is closed; there is no way back from that.
 *
 * `eachBatch` only hands the records over and returns, so the fetch loop goes on turning and sends the heartbeats,
 * however long the records take; slowness shows as paused partitions.
 */
export class ConsumerSession {
  /** Resolves with the error that ended it. */
  readonly crashed: Promise<unknown>;
  readonly #client: Client;
  readonly #consumer: Consumer;
  readonly #listener: SessionListener;
  readonly #crash: (error: unknown) => void;
  readonly #started: Promise<void>;
  #isMember = false;
  #isOver = false;
  #commit: EachBatchPayload['commitOffsetsIfNecessary'] | undefined;

  constructor(client: Client, { groupId, topics }: Subscription, listener: SessionListener) {
    this.#client = client;
    this.#listener = listener;
    this.#consumer = client.kafka.consumer({ groupId, ...SETTINGS });
    ({ promise: this.crashed, resolve: this.#crash } = Promise.withResolvers<unknown>());
    this.#listen();
    this.#started = this.#start(topics);
    this.#started.catch(this.#crash);
  }

  /**
   * Through the function that kafkajs gives to `eachBatch`: it commits once, in the generation of this moment.
   * `consumer.commitOffsets` would retry, and its retry could come after a rebalance, under the new generation. Before
   * the first `eachBatch` there is nothing else, and no record of this member's either: only what is never shown.
   */
  async commit(offsets: readonly PartitionOffset[]): Promise<void> {
    if (!this.#isMember || this.#isOver) throw new BusError('FENCED', 'Not a member of the group');
    const unshown = offsets.map((each) => ({ ...each, offset: each.offset.toString() }));
    const byTopic = Map.groupBy(offsets, ({ topic }) => topic);
    const topics = [...byTopic].map(([topic, partitions]) => ({
      topic,
      partitions: partitions.map(({ partition, offset }) => ({ partition, offset: offset.toString() })),
    }));
    try {
      const work = this.#commit?.({ topics }) ?? this.#consumer.commitOffsets(unshown);
      await within(work, { timeoutMs: COMMIT_TIMEOUT_MS, what: 'Committing offsets' });
    } catch (error) {
      throw busErrorFrom(error);
    }
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#asMember(() => this.#consumer.pause(toKafkajs(partitions)));
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#asMember(() => this.#consumer.resume(toKafkajs(partitions)));
  }

  /** Leaves the group, or gives up joining it. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.#commit = undefined;
    // A member leaves in good order. kafkajs ignores a stop that comes while it is still joining: that is cut off.
    if (!this.#isMember) this.#client.destroy();
    const left = Promise.allSettled([this.#started]).then(() => this.#consumer.disconnect());
    try {
      await within(left, { timeoutMs: LEAVE_TIMEOUT_MS, what: 'Leaving the group' });
    } catch {
      // The group will notice by the missing heartbeats.
    }
    this.#client.destroy();
  }

  async #start(topics: readonly string[]): Promise<void> {
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await this.#consumer.run({ autoCommit: false, eachBatch: (payload) => this.#hand(payload) });
  }

  #listen(): void {
    const consumer = this.#consumer;
    const listener = this.#listener;
    consumer.on('consumer.crash', ({ payload }) => this.#crash(payload.error));
    consumer.on('consumer.fetch', () => listener.fetched());
    consumer.on('consumer.start_batch_process', ({ payload }) => {
      if (payload.batchSize === 0 && !this.#isOver) listener.received(toEmptyBatch(payload));
    });
    consumer.on('consumer.rebalancing', () => listener.rebalancing());
    // Emitted before the first fetch of the new generation.
    consumer.on('consumer.group_join', ({ payload: { memberId, memberAssignment } }) => {
      if (this.#isOver) return;
      this.#isMember = true;
      const partitions = Object.entries(memberAssignment).flatMap(([topic, ofTopic]) =>
        ofTopic.map((partition) => ({ topic, partition })),
      );
      listener.assigned({ memberId, partitions });
    });
  }

  #hand(payload: EachBatchPayload): Promise<void> {
    if (!this.#isOver) {
      this.#commit = (offsets) => payload.commitOffsetsIfNecessary(offsets);
      this.#listener.received(toRecordBatch(payload.batch));
    }
    return Promise.resolve();
  }

  #asMember(action: () => void): void {
    try {
      if (this.#isMember && !this.#isOver) action();
    } catch {
      // kafkajs has crashed and will say so in a moment; the next assignment pauses and resumes anew.
    }
  }
}

const COMMIT_TIMEOUT_MS = 5_000;
const LEAVE_TIMEOUT_MS = 5_000;

const SETTINGS = {
  /** After a crash the group waits this long for the member it still believes in, before it admits the new one. */
  sessionTimeout: 15_000,
  rebalanceTimeout: 60_000,
  heartbeatInterval: 1_000,
  /** How long a fetch waits for records; also how long a resumed partition or a heartbeat may have to wait for it. */
  maxWaitTimeInMs: 250,
  maxBytesPerPartition: 512 * 1024,
  maxBytes: 8 * 1024 * 1024,
  metadataMaxAge: 60_000,
  /** A name with a typing error must not become a topic. One that is missing ends the session, and the next one looks again. */
  allowAutoTopicCreation: false,
  /** While other brokers answer, trouble with one is outlived inside the session, which keeps the membership. */
  retry: { retries: 10, restartOnFailure: () => Promise.resolve(false) },
};

function toKafkajs(partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] {
  return partitions.map(({ topic, partition }) => ({ topic, partitions: [partition] }));
}
