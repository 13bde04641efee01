import type { Bus, OutgoingRecord } from '@parley/kafka';
import { BatchingProducer, BusError, busErrorOf, isForSpool } from '@parley/kafka';
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
  #failing = 0;
  /** The ends of all that wait. */
  readonly #waitingFor = new Set<Promise<void>>();
  /** The last event of each key. */
  readonly #unfinished = new Map<string, Unfinished>();

  constructor(options: EventPublisherOptions) {
    this.#options = options;
    this.#producer = new BatchingProducer({ bus: options.sender });
  }

  /** One attempt: resolves when the record is durable, rejects with a `BusError` otherwise. */
  publish(record: OutgoingRecord): Promise<void> {
    return this.#producer.publish(record);
  }

  /**
   * For what has happened already and cannot be refused: whoever makes more of it asks {@link isBlocked} before. What the
   * broker refuses for a reason that will not pass by itself is tried again too, because somebody will put that right.
   * Events of one key go one after the other, so that none overtakes one that has to come again.
   */
  publishSurely(record: OutgoingRecord): Publishing {
    const key = record.key === null ? undefined : String(record.key);
    const ahead = key === undefined ? undefined : this.#unfinished.get(key);
    const { promise: failed, resolve: fail } = Promise.withResolvers<void>();
    // Behind one that has failed there is nothing to be tried yet.
    void ahead?.failed.then(fail);
    const durable = this.#publishUntilDurable(record, { ahead, failed: fail });
    const ended = durable.catch(() => undefined);
    this.#waitingFor.add(ended);
    void ended.then(() => this.#waitingFor.delete(ended));
    if (key !== undefined) this.#keepUntilEnded(key, { failed, ended });
    return { tried: Promise.race([failed, ended]), durable };
  }

  /** Whether so many events wait in memory that nothing more should be begun. */
  get isBlocked(): boolean {
    return this.#waiting >= this.#options.maxWaiting;
  }

  /** Events that were tried, are not durable yet, and are tried again. */
  get failing(): number {
    return this.#failing;
  }

  /** Events that are not durable yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Tries once more what waits, for up to `timeoutMs`; the rest rejects. */
  async close({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    const endMs = this.#options.clock.monotonicMs() + timeoutMs;
    this.#closing.abort();
    const over = new AbortController();
    const ended = Promise.all(this.#waitingFor).then(() => over.abort());
    await Promise.race([ended, this.#options.clock.sleep(timeoutMs, over.signal).catch(() => undefined)]);
    await this.#producer.close({ timeoutMs: Math.max(0, endMs - this.#options.clock.monotonicMs()) });
  }

  #keepUntilEnded(key: string, unfinished: Unfinished): void {
    this.#unfinished.set(key, unfinished);
    void unfinished.ended.then(() => {
      if (this.#unfinished.get(key) === unfinished) this.#unfinished.delete(key);
    });
  }

  async #publishUntilDurable(record: OutgoingRecord, { ahead, failed }: Attempt): Promise<void> {
    const { clock, onWaiting } = this.#options;
    let isFailing = false;
    this.#waiting += 1;
    try {
      await ahead?.ended;
      for (;;) {
        const failure = await this.#try(record);
        if (!failure) return;
        if (!isFailing) this.#failing += 1;
        if (!isFailing && this.#failing === 1) onWaiting(true, failure.code);
        isFailing = true;
        failed();
        if (failure.late && (await failure.late) === 'written') return;
        if (this.#closing.signal.aborted)
          throw new BusError('CLOSED', 'The process is stopping', { cause: failure });
        // Cut short by the closing, for one attempt more.
        await clock.sleep(RETRY_AFTER_MS, this.#closing.signal).catch(() => undefined);
      }
    } finally {
      this.#waiting -= 1;
      if (isFailing) this.#failing -= 1;
      if (isFailing && this.#failing === 0) onWaiting(false, undefined);
    }
  }

  /**
   * Returns why the record is not durable yet.
   *
   * @throws BusError when it never will be: it is too large, or this is closed
   */
  async #try(record: OutgoingRecord): Promise<BusError | undefined> {
    try {
      await this.#producer.publish(record);
      return undefined;
    } catch (thrown) {
      const error = busErrorOf(thrown);
      if (error.code === 'CLOSED' || !isForSpool(error)) throw error;
      return error;
    }
  }
}

/** The event before it with the same key, and what to call when its own first attempt has failed. */
interface Attempt {
  readonly ahead: Unfinished | undefined;
  readonly failed: () => void;
}

interface Unfinished {
  /** Resolves when the first attempt has failed; never, when it has not. */
  readonly failed: Promise<void>;
  /** Resolves when it is durable, or never will be. */
  readonly ended: Promise<void>;
}

export interface Publishing {
  /** Resolves after the first attempt, its own or that of one before it with the same key, however it went. */
  readonly tried: Promise<void>;
  /** Resolves when the record is durable, however long neither broker nor spool can be reached. */
  readonly durable: Promise<void>;
}
