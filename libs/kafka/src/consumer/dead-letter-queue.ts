import { Backoff, pauseFor, type BackoffOptions } from '../backoff.ts';
import { BatchingProducer } from '../batching-producer.ts';
import { BusError } from '../bus-error.ts';
import type { Bus, IncomingRecord, OutgoingRecord } from '../bus.ts';
import { within } from '../deadline.ts';
import type { ConsumerEvent } from './consumer-event.ts';

export interface DeadLetterQueueOptions {
  readonly bus: Pick<Bus, 'send'>;
  readonly topic: string;
  readonly backoff: BackoffOptions;
  /** At least as many as records are in flight at once. */
  readonly maxPending: number;
  readonly onEvent: (event: ConsumerEvent) => void;
}

export interface DeadLetter {
  readonly reason: string;
  readonly message: string;
}

/** Puts records aside byte for byte, with the story of each in `dlq-` headers. */
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
    let valueOmitted = false;
    while (!signal.aborted) {
      try {
        await this.#write(toDeadLetter(record, letter, this.#options.topic, valueOmitted), signal);
        this.#options.onEvent({
          type: 'dead-lettered',
          topic,
          partition,
          offset,
          reason: letter.reason,
          valueOmitted,
        });
        return true;
      } catch (error) {
        const { code } = error as BusError;
        if (code === 'RECORD_TOO_LARGE' && !valueOmitted) {
          // Standing still for ever would be worse: the value stays where it is, at its original offset.
          valueOmitted = true;
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
      const { late } = error as BusError;
      if (!late) throw error;
      const deadline = { timeoutMs: LATE_TIMEOUT_MS, signal, what: 'The end of a request in doubt' };
      const end = await within(late, deadline).catch(() => 'unknown');
      if (end !== 'written') throw error;
    }
  }
}

/** A day: the broker forgets by then what this producer has written. */
const LATE_TIMEOUT_MS = 86_400_000;

function toDeadLetter(
  record: IncomingRecord,
  { reason, message }: DeadLetter,
  topic: string,
  valueOmitted: boolean,
): OutgoingRecord {
  return {
    topic,
    key: record.key,
    value: valueOmitted ? null : record.value,
    headers: {
      ...record.headers,
      ...record.repeatedHeaders,
      'dlq-reason': reason,
      'dlq-message': message,
      'dlq-original-topic': record.topic,
      'dlq-original-partition': String(record.partition),
      'dlq-original-offset': String(record.offset),
      'dlq-time': new Date().toISOString(),
      ...(valueOmitted && { 'dlq-value-omitted-bytes': String(record.value?.length ?? 0) }),
    },
  };
}
