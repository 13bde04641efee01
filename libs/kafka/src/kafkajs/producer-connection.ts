import type { Message, Producer, RecordMetadata, TopicMessages } from 'kafkajs';
import { BusError } from '../bus-error.ts';
import type { TopicPartition } from '../bus.ts';
import { within } from '../deadline.ts';
import type { Client } from './client.ts';
import { busErrorFrom } from './error.ts';
import { QUESTION_FOR_PARTITIONS, TopicPartitions, type PlacedMessage } from './topic-partitions.ts';

export interface MessageRow extends TopicPartition {
  readonly messages: readonly Message[];
}

/** One idempotent producer, from connecting until it is condemned; there is no way back from that. */
export class ProducerConnection {
  /** Rejects with a `BusError` when it cannot be opened. */
  readonly opened: Promise<void>;
  /** Resolves with the reason once this connection is not to be used any more. */
  readonly condemned: Promise<BusError>;
  readonly #client: Client;
  readonly #producer: Producer;
  readonly #partitions = new TopicPartitions();
  readonly #requests = new Set<Promise<unknown>>();
  readonly #condemn: (reason: BusError) => void;
  #isCondemned = false;

  constructor(client: Client) {
    this.#client = client;
    this.#producer = client.kafka.producer({
      createPartitioner: this.#partitions.createPartitioner,
      metadataMaxAge: 60_000,
      allowAutoTopicCreation: false,
      idempotent: true,
      // The fewest that kafkajs allows an idempotent producer: who calls tries again, and sees how each attempt ends.
      retry: { retries: 1 },
    });
    ({ promise: this.condemned, resolve: this.#condemn } = Promise.withResolvers<BusError>());
    this.opened = this.#open();
    this.opened.catch((error: unknown) => this.condemn(busErrorFrom(error)));
  }

  condemn(reason: BusError): void {
    this.#isCondemned = true;
    this.#condemn(reason);
  }

  get isCondemned(): boolean {
    return this.#isCondemned;
  }

  /** The partition of each message, in order. Asks the cluster about a topic that is new to it, and writes nothing. */
  async place(topic: string, messages: readonly Message[]): Promise<readonly number[]> {
    try {
      if (!this.#partitions.knows(topic)) await this.#send([{ topic, messages: [QUESTION_FOR_PARTITIONS] }]);
    } catch (error) {
      if (!this.#partitions.knows(topic)) throw error;
    }
    return messages.map((message) => this.#partitions.place(topic, message));
  }

  leaderOf({ topic, partition }: TopicPartition): number | undefined {
    return this.#partitions.leaderOf(topic, partition);
  }

  /**
   * Resolves when all in-sync replicas have acknowledged the messages of every row. All rows have one leader, because
   * only then a failure means the whole request: of several leaders kafkajs tells that one has failed, not which, and
   * numbers anew what the others have written.
   *
   * Never two at once for one partition: kafkajs gives the numbers of a request that failed to the next one.
   */
  async produce(rows: readonly MessageRow[]): Promise<void> {
    const acknowledged = await this.#send(
      rows.map(({ topic, partition, messages }) => {
        const leader = this.#partitions.leaderOf(topic, partition);
        return {
          topic,
          messages: messages.map((message): PlacedMessage => ({ ...message, partition, leader })),
        };
      }),
    );
    const answered = new Set(acknowledged.map(({ topicName, partition }) => `${topicName}/${partition}`));
    // kafkajs passes over a partition of which it has no metadata, and calls that a success.
    if (!rows.every(({ topic, partition }) => answered.has(`${topic}/${partition}`))) {
      throw new BusError('UNAVAILABLE', 'No broker has answered for a partition');
    }
  }

  /** Gives the requests under way a few seconds to end. */
  async close(): Promise<void> {
    const drained = Promise.allSettled([...this.#requests]).then(() => this.#producer.disconnect());
    try {
      await within(drained, { timeoutMs: CLOSE_TIMEOUT_MS, what: 'Closing the producer' });
    } catch {
      // What is left ends with the client.
    }
    this.#client.destroy();
  }

  async #open(): Promise<void> {
    try {
      await this.#producer.connect();
    } catch (error) {
      throw busErrorFrom(error);
    }
  }

  async #send(topicMessages: TopicMessages[]): Promise<RecordMetadata[]> {
    const request = this.#producer.sendBatch({ acks: -1, timeout: REPLICATION_TIMEOUT_MS, topicMessages });
    this.#requests.add(request);
    try {
      return await request;
    } finally {
      this.#requests.delete(request);
    }
  }
}

const CLOSE_TIMEOUT_MS = 5_000;
/** How long a leader waits for its replicas before it answers that it has waited in vain. */
const REPLICATION_TIMEOUT_MS = 10_000;
