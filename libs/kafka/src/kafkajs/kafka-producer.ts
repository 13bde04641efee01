import type { TopicMessages } from 'kafkajs';
import { Backoff, pauseFor } from '../backoff.ts';
import { BusError } from '../bus-error.ts';
import type { BusEvent } from '../bus-event.ts';
import type { ConnectionState, OutgoingRecord, SendOptions } from '../bus.ts';
import { within } from '../deadline.ts';
import type { Client } from './client.ts';
import { busErrorFrom, isUnanswered } from './error.ts';
import { ProducerConnection } from './producer-connection.ts';

export interface KafkaProducerOptions {
  readonly createClient: () => Client;
  readonly onEvent: (event: BusEvent) => void;
}

/**
 * Keeps one producer connected. A send that fails without an answer of the broker condemns the connection: the next is
 * made in the background, and meanwhile sends fail at once instead of piling up.
 */
export class KafkaProducer {
  readonly #options: KafkaProducerOptions;
  readonly #closing = new AbortController();
  readonly #backoff = new Backoff({ firstMs: 200, maxMs: 5_000 });
  readonly #running: Promise<void>;
  /** Opening or open; undefined between attempts. */
  #connection: ProducerConnection | undefined;
  #connected = false;
  #sinceMs = Date.now();
  #lastProgressMs: number | undefined;

  constructor(options: KafkaProducerOptions) {
    this.#options = options;
    this.#running = this.#keepConnected();
  }

  async send(
    records: readonly OutgoingRecord[],
    { timeoutMs = 10_000, signal }: SendOptions = {},
  ): Promise<void> {
    if (this.#isClosing()) throw new BusError('CLOSED', 'The bus is closed');
    if (records.length === 0) return;
    const connection = this.#connection;
    if (!connection) throw new BusError('UNAVAILABLE', 'Not connected to Kafka');
    const sending = connection.send(toTopicMessages(records), timeoutMs);
    try {
      await within(sending, { timeoutMs, signal, what: 'Producing to Kafka' });
      this.#lastProgressMs = Date.now();
    } catch (error) {
      const failure = busErrorFrom(error);
      if (failure.retryable && isUnanswered(error)) connection.condemn(failure);
      throw failure;
    }
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
    this.#connection?.condemn(new BusError('CLOSED', 'The bus is closed'));
    await this.#running;
  }

  async #keepConnected(): Promise<void> {
    while (!this.#isClosing()) {
      const connection = new ProducerConnection(this.#options.createClient());
      this.#connection = connection;
      // Its failure to open condemns it.
      connection.opened.then(() => this.#opened(connection)).catch(() => undefined);
      const failure = await connection.condemned;
      this.#connection = undefined;
      this.#setConnected(false);
      const closed = connection.close();
      if (this.#isClosing()) return closed;
      await this.#waitAfter(failure);
    }
  }

  async #waitAfter({ code, message }: BusError): Promise<void> {
    const retryInMs = this.#backoff.next();
    this.#options.onEvent({ type: 'producer-disconnected', code, message, retryInMs });
    await pauseFor(retryInMs, this.#closing.signal);
  }

  #opened(connection: ProducerConnection): void {
    if (this.#connection !== connection) return;
    this.#backoff.reset();
    this.#setConnected(true);
    this.#options.onEvent({ type: 'producer-connected' });
  }

  #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  #setConnected(connected: boolean): void {
    if (this.#connected === connected) return;
    this.#connected = connected;
    this.#sinceMs = Date.now();
  }
}

function toTopicMessages(records: readonly OutgoingRecord[]): TopicMessages[] {
  const byTopic = Map.groupBy(records, ({ topic }) => topic);
  return [...byTopic].map(([topic, ofTopic]) => ({
    topic,
    messages: ofTopic.map(({ key, value, headers }) => ({
      key,
      value,
      ...(headers && { headers: { ...headers } as Record<string, string | Buffer | Buffer[]> }),
    })),
  }));
}
