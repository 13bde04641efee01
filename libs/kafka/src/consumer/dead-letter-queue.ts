import { Backoff, pauseFor, type BackoffOptions } from '../backoff.ts';
import { BatchingProducer } from '../batching-producer.ts';
import { busErrorOf } from '../bus-error.ts';
import type { Bus, IncomingRecord, OutgoingRecord } from '../bus.ts';
import { within } from '../deadline.ts';
import type { ConsumerEvent } from './consumer-event.ts';
import { DEAD_LETTER_PARTS, toDeadLetter, type DeadLetter } from './dead-letter.ts';

export interface DeadLetterQueueOptions {
  readonly bus: Pick<Bus, 'send'>;
  readonly topic: string;
  readonly backoff: BackoffOptions;
  /** At least as many as records are in flight at once. */
  readonly maxPending: number;
  readonly onEvent: (event: ConsumerEvent) => void;
}

/** Puts records aside byte for byte, as far as the topic takes them, with the story of each in `dlq-` headers. */
export class DeadLetterQueue {
  readonly #options: DeadLetterQueueOptions;
  readonly #producer: BatchingProducer;

  constructor(options: DeadLetterQueueOptions) {
    this.#options = options;
    this.#producer = new BatchingProducer({ bus: options.bus, maxPending: options.maxPending });
  }

  /**
   * True once the record is acknowledged in the dead letter topic. However long the broker is away or refuses, it is
   * tried again, because going on would lose the record; false when the signal ends that.
   */
  async publish(record: IncomingRecord, letter: DeadLetter, signal: AbortSignal): Promise<boolean> {
    const { topic, partition, offset } = record;
    const backoff = new Backoff(this.#options.backoff);
    let omittedCount = 0;
    while (!signal.aborted) {
      const omitted = DEAD_LETTER_PARTS.slice(0, omittedCount);
      try {
        await this.#write(toDeadLetter(record, letter, { topic: this.#options.topic, omitted }), signal);
        const { reason } = letter;
        this.#options.onEvent({ type: 'dead-lettered', topic, partition, offset, reason, omitted });
        return true;
      } catch (error) {
        const { code } = busErrorOf(error);
        if (code === 'RECORD_TOO_LARGE' && omittedCount < DEAD_LETTER_PARTS.length) {
          // Standing still for ever would be worse: what is left out stays where it is, at its original offset.
          omittedCount += 1;
          continue;
        }
        const retryInMs = backoff.next();
        this.#options.onEvent({ type: 'dead-letter-failed', topic, partition, offset, code, retryInMs });
        await pauseFor(retryInMs, signal);
      }
    }
    return false;
  }

  close(options: { readonly timeoutMs: number }): Promise<void> {
    return this.#producer.close(options);
  }

  /** Rejects only when the letter is not in the topic, as far as that can be known. */
  async #write(letter: OutgoingRecord, signal: AbortSignal): Promise<void> {
    try {
      await this.#producer.publish(letter);
    } catch (error) {
      const { late } = busErrorOf(error);
      if (!late) throw error;
      const deadline = { timeoutMs: LATE_TIMEOUT_MS, signal, what: 'The end of a request in doubt' };
      const end = await within(late, deadline).catch(() => 'unknown');
      if (end !== 'written') throw error;
    }
  }
}

/** A day: the broker forgets by then what this producer has written. */
const LATE_TIMEOUT_MS = 86_400_000;
