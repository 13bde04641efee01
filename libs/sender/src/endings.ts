import type { Clock } from './clock.ts';
import type { SenderEvent } from './events.ts';
import type { ForgivingStore } from './forgiving-store.ts';
import type { Job } from './job.ts';
import type { ClaimRequest, EarlierHolder } from './message-store.ts';
import type { Outcome, Settlement } from './outcome.ts';
import { sendError } from './reasons.ts';
import type { SendError } from './reasons.ts';

/** A message without an expire time is not repeated for longer to somebody who may have got it each time. */
const SENT_AGAIN_FOR_MS = 24 * 60 * 60 * 1000;

/** How jobs of one account end: what is remembered of it, and what their submitters are told. */
export class Endings {
  readonly #account: string;
  readonly #store: ForgivingStore;
  readonly #clock: Clock;
  readonly #onEvent: (event: SenderEvent) => void;

  constructor(options: {
    account: string;
    store: ForgivingStore;
    clock: Clock;
    onEvent: (event: SenderEvent) => void;
  }) {
    this.#account = options.account;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#onEvent = options.onEvent;
  }

  /**
   * Remembers the ends, then tells the submitters: an answer that was given is never given differently again. Whose id
   * was lost, and ended by others meanwhile, is told that end.
   */
  async settle(jobs: readonly Job[], outcomeOf: (job: Job, index: number) => Outcome): Promise<void> {
    for (const job of jobs) job.ending = true;
    const ends = jobs.map((job, index) => ({ job, settlement: settlement(job, outcomeOf(job, index)) }));
    const standing = await this.#store.settle(
      ends.map(({ job, settlement }) => ({ ...claimOf(job), settlement })),
    );
    for (const [index, { job, settlement }] of ends.entries()) {
      const earlier = standing[index];
      this.tell(job, earlier ? { ...earlier, duplicate: true } : settlement);
    }
  }

  /** Tells a submitter an end that is remembered already. */
  tell(job: Job, settlement: Settlement): void {
    job.claimed = false;
    // Given up, and told so, while the store was asked.
    if (job.ended) return;
    const { outcome, attempts, duplicate } = settlement;
    const { messageId } = job.message;
    const durationMs = this.#clock.monotonicMs() - job.acceptedAtMs;
    this.#onEvent({
      kind: 'settled',
      account: this.#account,
      messageId,
      outcome,
      attempts,
      duplicate,
      durationMs,
    });
    job.end(settlement);
  }

  /** Ends jobs whose time is over. */
  async expire(jobs: readonly Job[]): Promise<void> {
    await this.#settleUnsent(jobs, { kind: 'expired', error: sendError('EXPIRED') });
  }

  /** Ends jobs that must not be sent, or not once more. */
  async refuse(jobs: readonly Job[], error: SendError): Promise<void> {
    await this.#settleUnsent(jobs, rejected(error));
  }

  /**
   * Ends jobs that nobody wants sent any more. Those that a request carries now end with its answer, those whose end is
   * being stored with that; those that an earlier request may have sent settle as unknown, or are left to whoever sends
   * them again; the others were surely not sent, and their ids are free.
   */
  async giveUp(jobs: readonly Job[], error: SendError, retryAfterMs?: number): Promise<void> {
    for (const job of jobs) job.givenUp = error;
    const waiting = jobs.filter((job) => !job.inRequest && !job.ending);
    // Sorted once: a claim that is answered while the ends are stored may find that an id was abandoned before.
    const isDoubtful = (job: Job) => job.maybeSent && !job.comesAgain;
    const doubtful = waiting.filter(isDoubtful);
    const others = waiting.filter((job) => !isDoubtful(job));
    await this.settle(doubtful, unknown);
    // Storing the ends above may have told some of the others theirs: repetitions of their ids.
    const unsent = others.filter((job) => !job.ended);
    for (const job of unsent) {
      const reason = job.lastError ?? error;
      this.#onEvent({
        kind: 'unsent',
        account: this.#account,
        messageId: job.message.messageId,
        reason: reason.reason,
      });
      job.end({ kind: 'unsent', error: reason, ...(retryAfterMs !== undefined && { retryAfterMs }) });
    }
    await Promise.all([
      this.release(unsent.filter((job) => !job.maybeSent)),
      this.abandon(unsent.filter((job) => job.maybeSent)),
    ]);
  }

  /** A request may have carried the job, and nobody can know. */
  mayHaveBeenSent(
    job: Job,
    cause: 'no-answer' | EarlierHolder,
    ambiguity: SendError = sendError('OUTCOME_UNKNOWN'),
  ): void {
    const { messageId, ambiguousSends: policy } = job.message;
    job.ambiguity = ambiguity;
    if (job.expiresAtMs === Infinity) job.expiresAtMs = this.#clock.monotonicMs() + SENT_AGAIN_FOR_MS;
    this.#onEvent({ kind: 'ambiguous', account: this.#account, messageId, policy, cause });
  }

  /** An earlier request may have sent some of them after all, and nothing that happens later unsends those. */
  async #settleUnsent(jobs: readonly Job[], outcome: Outcome): Promise<void> {
    await this.settle(jobs, (job) => (job.maybeSent ? unknown(job) : outcome));
  }

  /** Frees the ids of jobs that were surely not sent. */
  async release(jobs: readonly Job[]): Promise<void> {
    await this.#store.release(letGo(jobs));
  }

  /** Gives up the ids of jobs that a request may have carried: whoever claims one of them next is told so. */
  async abandon(jobs: readonly Job[]): Promise<void> {
    await this.#store.abandon(letGo(jobs));
  }
}

function letGo(jobs: readonly Job[]): readonly ClaimRequest[] {
  const held = jobs.filter((job) => job.claimed);
  for (const job of held) job.claimed = false;
  return held.map(claimOf);
}

/** How the message store knows a job. */
export function claimOf({ message, holder }: Job): ClaimRequest {
  return { message, holder };
}

export function settlement(job: Job, outcome: Outcome): Settlement {
  return { kind: 'settled', outcome, attempts: job.attempts, duplicate: false };
}

/** Never with the reason of a later attempt, which was surely not sent: that would ask for another one. */
export function unknown(job: Job): Outcome {
  return { kind: 'unknown', error: job.ambiguity ?? sendError('OUTCOME_UNKNOWN') };
}

export function rejected(error: SendError): Outcome {
  return { kind: 'rejected', error };
}
