import type { Bus, OutgoingRecord } from '@parley/kafka';
import { BatchingProducer, BusError } from '@parley/kafka';
import type { Clock } from '@parley/sender';

export interface EventPublisherOptions {
  /** Resolves when all in-sync replicas, or the spool, hold the records. */
  readonly sender: Pick<Bus, 'send'>;
  readonly clock: Clock;
  /** Results that may wait in memory; beyond it {@link EventPublisher.isBlocked} says so. */
  readonly maxWaiting: number;
  /** Told once when results begin to wait in memory, and once when they no longer do. */
  readonly onWaiting: (waiting: boolean, code: string | undefined) => void;
}

const RETRY_AFTER_MS = 1000;

/** Makes events durable, many to a request. */
export class EventPublisher {
  readonly #options: EventPublisherOptions;
  readonly #producer: BatchingProducer;
  readonly #closing = new AbortController();
  #waiting = 0;
  #failing = false;

  constructor(options: EventPublisherOptions) {
    this.#options = options;
    this.#producer = new BatchingProducer({ bus: options.sender });
  }

  /** One attempt: resolves when the record is durable, rejects with a `BusError` otherwise. */
  publish(record: OutgoingRecord): Promise<void> {
    return this.#producer.publish(record);
  }

  /**
   * For what has happened already and cannot be refused: whoever makes more of it asks {@link isBlocked} before.
   */
  publishSurely(record: OutgoingRecord): Publishing {
    const { promise: tried, resolve: triedOnce } = Promise.withResolvers<void>();
    return { tried, durable: this.#publishUntilDurable(record, triedOnce) };
  }

  /** Whether so many events wait in memory that nothing more should be begun. */
  get isBlocked(): boolean {
    return this.#waiting >= this.#options.maxWaiting;
  }

  /** Events that are not durable yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Sends what waits for up to `timeoutMs`; the rest rejects. */
  async close(options: { readonly timeoutMs: number }): Promise<void> {
    this.#closing.abort(new BusError('CLOSED', 'The process is stopping'));
    await this.#producer.close(options);
  }

  async #publishUntilDurable(record: OutgoingRecord, triedOnce: () => void): Promise<void> {
    const { clock, onWaiting } = this.#options;
    this.#waiting += 1;
    try {
      for (;;) {
        try {
          await this.#producer.publish(record);
          break;
        } catch (error) {
          if (!(error instanceof BusError) || !error.retryable) throw error;
          if (!this.#failing) onWaiting(true, error.code);
          this.#failing = true;
          triedOnce();
          if (error.late && (await error.late) === 'written') break;
          await clock.sleep(RETRY_AFTER_MS, this.#closing.signal);
        }
      }
      if (this.#failing) onWaiting(false, undefined);
      this.#failing = false;
    } finally {
      this.#waiting -= 1;
      triedOnce();
    }
  }
}

export interface Publishing {
  /** Resolves after the first attempt, however it went. */
  readonly tried: Promise<void>;
  /** Resolves when the record is durable, however long neither broker nor spool can be reached. */
  readonly durable: Promise<void>;
}
