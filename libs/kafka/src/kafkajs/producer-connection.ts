import kafkajs, { type Producer, type TopicMessages } from 'kafkajs';
import { BusError } from '../bus-error.ts';
import { within } from '../deadline.ts';
import type { Client } from './client.ts';
import { busErrorFrom } from './error.ts';

/** One producer, from connecting until it is condemned; there is no way back from that. */
export class ProducerConnection {
  /** Rejects when it cannot be opened. */
  readonly opened: Promise<void>;
  /** Resolves with the reason once this connection is not to be used any more. */
  readonly condemned: Promise<BusError>;
  readonly #client: Client;
  readonly #producer: Producer;
  readonly #requests = new Set<Promise<unknown>>();
  readonly #condemn: (reason: BusError) => void;
  #state: 'opening' | 'open' | 'condemned' = 'opening';

  constructor(client: Client) {
    this.#client = client;
    this.#producer = client.kafka.producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      metadataMaxAge: 60_000,
    });
    ({ promise: this.condemned, resolve: this.#condemn } = Promise.withResolvers<BusError>());
    this.opened = this.#open();
    this.opened.catch((error: unknown) => this.condemn(busErrorFrom(error)));
  }

  condemn(reason: BusError): void {
    this.#state = 'condemned';
    this.#condemn(reason);
  }

  /** Waits for it to be opened. */
  async send(topicMessages: TopicMessages[], timeoutMs: number): Promise<void> {
    await this.opened;
    if (this.#state === 'condemned') {
      throw new BusError('UNAVAILABLE', 'The connection to Kafka was given up');
    }
    const request = this.#producer.sendBatch({ acks: -1, timeout: timeoutMs, topicMessages });
    this.#requests.add(request);
    try {
      await request;
    } finally {
      this.#requests.delete(request);
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
    await this.#producer.connect();
    if (this.#state === 'opening') this.#state = 'open';
  }
}

const CLOSE_TIMEOUT_MS = 5_000;
