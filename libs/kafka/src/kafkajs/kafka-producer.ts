import { Backoff, pauseFor } from '../backoff.ts';
import { BusError } from '../bus-error.ts';
import type { BusEvent } from '../bus-event.ts';
import type { ConnectionState, OutgoingRecord, SendOptions } from '../bus.ts';
import type { Client } from './client.ts';
import { ProducerConnection } from './producer-connection.ts';
import { SerialSender } from './serial-sender.ts';

export interface KafkaProducerOptions {
  readonly createClient: () => Client;
  readonly onEvent: (event: BusEvent) => void;
}

/**
 * Keeps one producer connected. While it is not, or waits for the broker to tell what became of an earlier request, sends
 * fail at once instead of piling up.
 */
export class KafkaProducer {
  readonly #options: KafkaProducerOptions;
  readonly #closing = new AbortController();
  readonly #backoff = new Backoff({ firstMs: 200, maxMs: 5_000 });
  readonly #running: Promise<void>;
  /** Opening or open; undefined between attempts. */
  #connection: ProducerConnection | undefined;
  #sender: SerialSender | undefined;
  #connected = false;
  #sinceMs = performance.now();
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
    if (!this.#sender) throw new BusError('UNAVAILABLE', 'Not connected to Kafka');
    await this.#sender.send(records, timeoutMs, signal);
    this.#lastProgressMs = performance.now();
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
      this.#sender = this.#senderOn(connection);
      // Its failure to open condemns it.
      connection.opened.then(() => this.#opened(connection)).catch(() => undefined);
      const failure = await connection.condemned;
      this.#connection = undefined;
      this.#sender = undefined;
      this.#setConnected(false);
      const closed = connection.close();
      if (this.#isClosing()) return closed;
      await this.#waitAfter(failure);
    }
  }

  #senderOn(connection: ProducerConnection): SerialSender {
    return new SerialSender({
      connection,
      closing: this.#closing.signal,
      onDoubt: ({ code, message }) => {
        this.#setConnected(false);
        this.#options.onEvent({ type: 'producer-disconnected', code, message, retryInMs: 0 });
      },
      onCertain: () => {
        this.#lastProgressMs = performance.now();
        this.#opened(connection);
      },
    });
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
    this.#sinceMs = performance.now();
  }
}
