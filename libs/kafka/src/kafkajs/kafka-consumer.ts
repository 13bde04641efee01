import { Backoff, pauseFor } from '../backoff.ts';
import { BusError } from '../bus-error.ts';
import type { BusEvent } from '../bus-event.ts';
import type {
  Assignment,
  BusConsumer,
  ConnectionState,
  ConsumerListener,
  PartitionOffset,
  Subscription,
  TopicPartition,
} from '../bus.ts';
import type { Client } from './client.ts';
import { ConsumerSession } from './consumer-session.ts';
import { busErrorFrom } from './error.ts';

export interface KafkaConsumerOptions {
  readonly createClient: () => Client;
  readonly subscription: Subscription;
  readonly listener: ConsumerListener;
  readonly onEvent: (event: BusEvent) => void;
}

/**
 * A member of a group that never dies for good. kafkajs gives a consumer up on some errors (a missing topic, lost
 * rights, a bug of its own) while the process lives on; its own restarting is switched off, and every crash is answered
 * by a new session after a backoff, until this is closed.
 */
export class KafkaConsumer implements BusConsumer {
  /** Resolves when it has left the group for good. */
  readonly closed: Promise<void>;
  readonly #options: KafkaConsumerOptions;
  readonly #closing = new AbortController();
  readonly #backoff = new Backoff({ firstMs: 500, maxMs: 5_000 });
  #session: ConsumerSession | undefined;
  #connected = false;
  #sinceMs = performance.now();
  #lastProgressMs: number | undefined;

  constructor(options: KafkaConsumerOptions) {
    this.#options = options;
    this.closed = this.#keepConsuming();
  }

  commit(offsets: readonly PartitionOffset[]): Promise<void> {
    return (
      this.#session?.commit(offsets) ?? Promise.reject(new BusError('FENCED', 'Not a member of the group'))
    );
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#session?.pause(partitions);
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#session?.resume(partitions);
  }

  state(): ConnectionState {
    return {
      connected: this.#connected,
      sinceMs: this.#sinceMs,
      ...(this.#lastProgressMs !== undefined && { lastProgressMs: this.#lastProgressMs }),
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.closed;
  }

  async #keepConsuming(): Promise<void> {
    const { signal } = this.#closing;
    const { createClient, subscription, listener, onEvent } = this.#options;
    const { groupId } = subscription;
    const closing = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    while (!this.#isClosing()) {
      const session = new ConsumerSession(createClient(), subscription, {
        assigned: (assignment) => this.#assigned(assignment),
        rebalancing: () => {
          listener.rebalancing();
          onEvent({ type: 'consumer-rebalancing', groupId });
        },
        received: (batch) => listener.received(batch),
        fetched: () => this.#fetched(),
      });
      this.#session = session;
      const crash = await Promise.race([session.crashed, closing]);
      this.#setConnected(false);
      await session.close();
      this.#session = undefined;
      if (!this.#isClosing()) await this.#waitAfter(crash);
    }
  }

  async #waitAfter(crash: unknown): Promise<void> {
    const { code, message } = busErrorFrom(crash);
    const retryInMs = this.#backoff.next();
    const { groupId } = this.#options.subscription;
    this.#options.onEvent({ type: 'consumer-crashed', groupId, code, message, retryInMs });
    await pauseFor(retryInMs, this.#closing.signal);
  }

  #assigned(assignment: Assignment): void {
    const { listener, onEvent, subscription } = this.#options;
    this.#setConnected(true);
    listener.assigned(assignment);
    const { partitions } = assignment;
    onEvent({ type: 'consumer-assigned', groupId: subscription.groupId, partitions });
  }

  #fetched(): void {
    // Not before: a member that joins and fails at its fetches must not keep the whole group rebalancing.
    this.#backoff.reset();
    this.#lastProgressMs = performance.now();
  }

  #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  #setConnected(connected: boolean): void {
    if (this.#connected === connected) return;
    this.#connected = connected;
    this.#sinceMs = performance.now();
  }
}
