import type { Bus, OutgoingRecord } from './bus.ts';
import { BusError } from './bus-error.ts';
import { within } from './deadline.ts';
import { recordBytes } from './record-size.ts';

export interface BatchingProducerOptions {
  readonly bus: Pick<Bus, 'send'>;
  /** @default 500 */
  readonly maxRecords?: number;
  /**
   * Of one request. A record that is larger goes alone, so that its refusal harms no other.
   * @default 900_000, below the broker's own default limit of about one MiB
   */
  readonly maxBytes?: number;
  /** Records waiting for their request; beyond it `publish` rejects with `OVERLOADED`. @default 10_000 */
  readonly maxPending?: number;
  /** Of one request. @default 10_000 */
  readonly timeoutMs?: number;
}

/**
 * Batches by itself, without a timer: what is published while a request is under way goes out together in the next.
 * Idle, a record leaves at once; busy, the batches grow. Requests go one after the other, so the order of publishing
 * is the order in the log. Nothing is retried: a failed request rejects each of its records that is not acknowledged.
 */
export class BatchingProducer {
  readonly #options: Required<BatchingProducerOptions>;
  readonly #pending: Pending[] = [];
  #flushing: Promise<void> | undefined;
  #closed = false;

  constructor(options: BatchingProducerOptions) {
    this.#options = { maxRecords: 500, maxBytes: 900_000, maxPending: 10_000, timeoutMs: 10_000, ...options };
  }

  /**
   * Resolves when the record is acknowledged by all in-sync replicas; rejects with a `BusError`.
   * The record must not be changed until then.
   */
  publish(record: OutgoingRecord): Promise<void> {
    if (this.#closed) return Promise.reject(new BusError('CLOSED', 'The producer is closed'));
    if (this.#pending.length >= this.#options.maxPending) {
      return Promise.reject(
        new BusError('OVERLOADED', `${this.#pending.length} records are waiting already`),
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#pending.push({ record, bytes: recordBytes(record), resolve, reject });
    this.#flushing ??= this.#flush();
    return promise;
  }

  get pendingCount(): number {
    return this.#pending.length;
  }

  /** Takes nothing more, sends what waits, and rejects with `CLOSED` what could not be sent in time. */
  async close({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    this.#closed = true;
    try {
      await within(this.#flushing ?? Promise.resolve(), { timeoutMs, what: 'Flushing the producer' });
    } catch {
      // Each record left over is told by its own rejection.
      const error = new BusError('CLOSED', 'The producer was closed before this record was sent');
      for (const { reject } of this.#pending.splice(0)) reject(error);
    }
  }

  async #flush(): Promise<void> {
    // What is published in the same turn of the event loop belongs together.
    await Promise.resolve();
    while (this.#pending.length > 0) {
      const batch = this.#takeBatch();
      try {
        await this.#options.bus.send(
          batch.map(({ record }) => record),
          { timeoutMs: this.#options.timeoutMs },
        );
      } catch (error) {
        for (const { reject } of unacknowledgedOf(batch, error)) reject(error);
      }
      // Does nothing to those rejected before.
      for (const { resolve } of batch) resolve();
    }
    this.#flushing = undefined;
  }

  #takeBatch(): Pending[] {
    const { maxRecords, maxBytes } = this.#options;
    let count = 0;
    let bytes = 0;
    for (const pending of this.#pending) {
      if (count > 0 && (count === maxRecords || bytes + pending.bytes > maxBytes)) break;
      count += 1;
      bytes += pending.bytes;
    }
    return this.#pending.splice(0, count);
  }
}

interface Pending {
  readonly record: OutgoingRecord;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

function unacknowledgedOf(batch: readonly Pending[], error: unknown): readonly Pending[] {
  return error instanceof BusError ? error.unacknowledgedOf(batch) : batch;
}
