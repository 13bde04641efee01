import type { Bus, OutgoingRecord } from '@parley/kafka';
import { BatchingProducer, BusError } from '@parley/kafka';
import type { Clock } from '@parley/sender';

export interface EventPublisherOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  /** Results that may wait for the broker; beyond it {@link EventPublisher.isBlocked} says so. */
  readonly maxWaiting: number;
  /** Told once when results begin to wait for the broker, and once when they no longer do. */
  readonly onWaiting: (waiting: boolean, code: string | undefined) => void;
}

const RETRY_AFTER_MS = 1000;

/** Puts events on their topics, many to a request. */
export class EventPublisher {
  readonly #options: EventPublisherOptions;
  readonly #producer: BatchingProducer;
  readonly #closing = new AbortController();
  #waiting = 0;
  #failing = false;

  constructor(options: EventPublisherOptions) {
    this.#options = options;
    this.#producer = new BatchingProducer({ bus: options.bus });
  }

  /** One attempt: resolves when all in-sync replicas hold the records, rejects with a `BusError` otherwise. */
  async publish(records: readonly OutgoingRecord[]): Promise<void> {
    await Promise.all(records.map((record) => this.#producer.publish(record)));
  }

  /**
   * Resolves when all in-sync replicas hold the record, however long the broker is away. What it tells has happened
   * already and cannot be refused; whoever makes more of it asks {@link isBlocked} before.
   */
  async publishSurely(record: OutgoingRecord): Promise<void> {
    const { clock, onWaiting } = this.#options;
    this.#waiting += 1;
    try {
      for (;;) {
        try {
          await this.#producer.publish(record);
          if (this.#failing) onWaiting(false, undefined);
          this.#failing = false;
          return;
        } catch (error) {
          if (!(error instanceof BusError) || !error.retryable) throw error;
          if (!this.#failing) onWaiting(true, error.code);
          this.#failing = true;
          await clock.sleep(RETRY_AFTER_MS, this.#closing.signal);
        }
      }
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Whether so many events wait for the broker that nothing more should be begun. */
  get isBlocked(): boolean {
    return this.#waiting >= this.#options.maxWaiting;
  }

  /** Events that wait for their acknowledgement. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Sends what waits for up to `timeoutMs`; the rest rejects. */
  async close(options: { readonly timeoutMs: number }): Promise<void> {
    this.#closing.abort(new BusError('CLOSED', 'The process is stopping'));
    await this.#producer.close(options);
  }
}
