import { Backoff, pauseFor } from '../backoff.ts';
import { BusError, type LateEnd } from '../bus-error.ts';
import type { OutgoingRecord } from '../bus.ts';
import { within, type Deadline } from '../deadline.ts';
import { isUnanswered } from './error.ts';
import { OutgoingBatch } from './outgoing-batch.ts';
import type { ProducerConnection } from './producer-connection.ts';
import { Turns } from './turns.ts';

export interface SerialSenderOptions {
  readonly connection: ProducerConnection;
  /** Ends what is tried in the background. */
  readonly closing: AbortSignal;
  /** A batch may have been written when its caller left; nothing else is sent until that is known. */
  readonly onDoubt: (failure: BusError) => void;
  /** It is known. When it never will be, the connection is condemned instead. */
  readonly onCertain: () => void;
}

/**
 * Sends on one connection, one batch after the other, each tried until the broker answers, however early its caller has
 * left. The broker drops what it has already by the numbers of the records, and that is safe only as long as nothing else
 * takes those numbers: a batch whose end is unknown is followed by itself, or by another producer.
 */
export class SerialSender {
  readonly #options: SerialSenderOptions;
  readonly #turns = new Turns();
  #isInDoubt = false;

  constructor(options: SerialSenderOptions) {
    this.#options = options;
  }

  async send(records: readonly OutgoingRecord[], timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const { connection } = this.#options;
    const endMs = performance.now() + timeoutMs;
    const deadline = (): Deadline => ({
      timeoutMs: Math.max(0, endMs - performance.now()),
      signal,
      what: 'Producing to Kafka',
    });
    await within(connection.opened, deadline());
    if (this.#isInDoubt) throw waitingForAnswer();
    await this.#turns.take(deadline());
    const batch = new OutgoingBatch(connection, records);
    const left = new AbortController();
    const end = this.#tryInTurn(batch, left.signal);
    let failure: BusError | undefined;
    try {
      failure = await within(end, deadline());
    } catch (error) {
      left.abort();
      throw this.#leave(batch, end, error as BusError);
    }
    if (failure) throw failure;
  }

  /** What the caller is told who does not wait any longer. */
  #leave(batch: OutgoingBatch, end: Promise<BusError | undefined>, deadline: BusError): BusError {
    const { unacknowledged, lastFailure } = batch;
    const { code, message } = deadline.code === 'TIMEOUT' ? (lastFailure ?? deadline) : deadline;
    if (!batch.isInDoubt) {
      // Nothing is lost with a connection that has been silent all the time.
      if (code === 'TIMEOUT') this.#options.connection.condemn(deadline);
      return new BusError(code, message, { cause: lastFailure, unacknowledged });
    }
    this.#isInDoubt = true;
    this.#turns.refuse(waitingForAnswer());
    this.#options.onDoubt(lastFailure ?? deadline);
    return new BusError(code, message, { cause: lastFailure, unacknowledged, late: this.#lateEnd(end) });
  }

  async #lateEnd(end: Promise<BusError | undefined>): Promise<LateEnd> {
    const failure = await end;
    this.#isInDoubt = false;
    if (!this.#options.connection.isCondemned) this.#options.onCertain();
    return failure ? 'unknown' : 'written';
  }

  /** Never rejects: the result is what to tell the caller, if it is still there. */
  async #tryInTurn(batch: OutgoingBatch, left: AbortSignal): Promise<BusError | undefined> {
    const failure = await this.#tryUntilCertain(batch, left);
    const { isInDoubt, unacknowledged } = batch;
    if (failure && isInDoubt) this.#options.connection.condemn(failure);
    this.#turns.free();
    return (
      failure &&
      new BusError(failure.code, failure.message, {
        cause: failure,
        unacknowledged,
        ...(isInDoubt && { late: Promise.resolve<LateEnd>('unknown') }),
      })
    );
  }

  async #tryUntilCertain(batch: OutgoingBatch, left: AbortSignal): Promise<BusError | undefined> {
    const { connection, closing } = this.#options;
    const backoff = new Backoff({ firstMs: 100, maxMs: 2_000 });
    const isOver = (): boolean =>
      connection.isCondemned || closing.aborted || batch.isLost || (left.aborted && !batch.isInDoubt);
    let lastSilenceMs = performance.now();
    while (!isOver()) {
      const failure = await this.#attempt(batch, isOver);
      if (!failure) return batch.refusal;
      if (isUnanswered(failure)) lastSilenceMs = performance.now();
      if (performance.now() - lastSilenceMs > MAX_REFUSED_MS) return failure;
      if (!isOver())
        await pauseFor(backoff.next(), AbortSignal.any([closing, ...(batch.isInDoubt ? [] : [left])]));
    }
    if (closing.aborted) return new BusError('CLOSED', 'The bus is closed', { cause: batch.lastFailure });
    return batch.lastFailure ?? new BusError('UNAVAILABLE', 'The connection to Kafka was given up');
  }

  async #attempt(batch: OutgoingBatch, isOver: () => boolean): Promise<BusError | undefined> {
    const attempt = async (): Promise<BusError | undefined> => {
      const unplaced = await batch.place();
      return isOver() ? unplaced : ((await batch.produce()) ?? unplaced);
    };
    try {
      return await within(attempt(), { timeoutMs: MAX_ATTEMPT_MS, what: 'One attempt to produce' });
    } catch (error) {
      // kafkajs has lost its way, and the request may still end in any manner: nothing else may use this producer.
      this.#options.connection.condemn(error as BusError);
      return error as BusError;
    }
  }
}

/** Longer than everything takes that kafkajs does within an attempt: connecting, asking twice, waiting for the answer. */
const MAX_ATTEMPT_MS = 180_000;
/** A broker that answers but refuses for so long will not tell any more what became of an earlier request. */
const MAX_REFUSED_MS = 60_000;

function waitingForAnswer(): BusError {
  return new BusError('UNAVAILABLE', 'Kafka has not answered an earlier request yet');
}
