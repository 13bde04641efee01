import type { AccountGate } from './account-gate.ts';
import { jitteredDelayMs } from './backoff.ts';
import type { Backoff } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { SenderEvent } from './events.ts';
import { ForgivingStore } from './forgiving-store.ts';
import type { Job } from './job.ts';
import type { MessageStore } from './message-store.ts';
import type { Outcome, Settlement } from './outcome.ts';
import type { Permits } from './permits.ts';
import type { Provider, ProviderAnswer } from './provider.ts';
import { sendError } from './reasons.ts';
import type { SendError } from './reasons.ts';
import type { BatchBounds, RecipientQueue } from './recipient-queue.ts';

export interface PipelineParts {
  readonly account: string;
  readonly queue: RecipientQueue;
  readonly gate: AccountGate;
  readonly permits: Permits;
  readonly store: MessageStore;
  readonly provider: Provider;
  readonly batch: BatchBounds;
  readonly retries: Backoff;
  readonly clock: Clock;
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  readonly onEvent: (event: SenderEvent) => void;
}

/**
 * One account's way from the queue to the settlement. The only place where anything is tried again.
 *
 * Batches form by themselves: nothing lingers, and what waits when a permit comes due rides along. Requests overlap;
 * a recipient is in one of them at a time.
 */
export class Pipeline {
  readonly #parts: PipelineParts;
  readonly #store: ForgivingStore;
  readonly #inFlight = new Set<Promise<void>>();
  /** Jobs that wait for the end of another one under the same id. */
  readonly #following = new Set<Job>();

  constructor(parts: PipelineParts) {
    this.#parts = parts;
    this.#store = new ForgivingStore(parts.store, parts.account, parts.onEvent);
  }

  /**
   * Sends what the queue holds until `signal` fires, then gives up what waits. Resolves when no request is in flight
   * any more and every job has ended.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { queue, gate, permits, batch } = this.#parts;
    const sweeping = this.#sweep(signal);
    try {
      for (;;) {
        await queue.ready(signal);
        const pass = await gate.pass(signal);
        await permits.acquire(signal);
        const jobs = queue.take(pass === 'probe' ? { ...batch, maxMessages: 1 } : batch);
        const dispatch = this.#dispatch(jobs, signal).finally(() => {
          if (pass === 'probe') gate.probeInconclusive();
          this.#inFlight.delete(dispatch);
        });
        this.#inFlight.add(dispatch);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    await Promise.all([sweeping, ...this.#inFlight]);
    await this.giveUp([...queue.withdraw(() => true), ...this.#following], sendError('SHUTTING_DOWN'));
  }

  /**
   * Ends jobs that nobody wants sent any more. Those that a request carries now end with its answer; those that an
   * earlier request may have sent settle as unknown; the others were surely not sent, and their ids are free.
   */
  async giveUp(jobs: readonly Job[], error: SendError, retryAfterMs?: number): Promise<void> {
    for (const job of jobs) job.givenUp = error;
    const waiting = jobs.filter((job) => !job.inRequest);
    await this.#settle(
      waiting.filter((job) => job.maybeSent),
      (job) => ({ kind: 'unknown', error: job.lastError ?? sendError('OUTCOME_UNKNOWN') }),
    );
    const unsent = waiting.filter((job) => !job.maybeSent);
    for (const job of unsent) {
      const reason = job.lastError ?? error;
      job.end({ kind: 'unsent', error: reason, ...(retryAfterMs !== undefined && { retryAfterMs }) });
    }
    await this.#release(unsent.filter((job) => job.claimed));
  }

  async #release(jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) job.claimed = false;
    await this.#store.release(jobs.map((job) => job.message));
  }

  /** Expires on time also what waits behind a pause or a long line. */
  async #sweep(signal: AbortSignal): Promise<void> {
    const { queue, clock } = this.#parts;
    for (;;) {
      try {
        await clock.sleep(SWEEP_INTERVAL_MS, signal);
      } catch {
        return;
      }
      const nowMs = clock.monotonicMs();
      // Claimed first: the id may have been settled before, and that outcome is the one to tell.
      await this.#expire(await this.#claim(queue.withdraw((job) => job.expiresAtMs <= nowMs)));
    }
  }

  /** Brings a batch as far as it gets now. What must be tried again rests, then goes back to the queue's front. */
  async #dispatch(jobs: readonly Job[], signal: AbortSignal): Promise<void> {
    const { queue, clock, account, onEvent } = this.#parts;
    const ours = await this.#claim(jobs.filter((job) => job.wanted));
    const { again, delayMs } = await this.#carry(ours, signal);
    const [first] = again;
    if (first && delayMs > 0) {
      const reason = first.lastError?.reason ?? 'PROVIDER_UNAVAILABLE';
      onEvent({ kind: 'retrying', account, messages: again.length, delayMs, reason });
      // Only the end of the process cuts the rest short, and then the jobs are told so from the queue.
      await clock.sleep(delayMs, signal).catch(() => undefined);
    }
    queue.giveBack(
      jobs,
      again.filter((job) => job.wanted),
    );
  }

  /** Which of the jobs are this pipeline's to send: the others were settled before, or somebody else sends them. */
  async #claim(jobs: readonly Job[]): Promise<readonly Job[]> {
    const unclaimed = jobs.filter((job) => !job.claimed);
    const claims = await this.#store.claim(unclaimed.map((job) => job.message));
    for (const [index, job] of unclaimed.entries()) {
      const claim = claims[index];
      switch (claim?.kind) {
        case 'claimed':
          job.claimed = true;
          break;
        case 'settled':
          this.#tell(job, { ...claim.settlement, duplicate: true });
          break;
        case 'in-flight':
          void this.#follow(job, claim.ended);
          break;
        case 'conflict':
          this.#tell(job, settlement(job, rejected(sendError('IDEMPOTENCY_CONFLICT'))));
          break;
        case undefined:
          throw new Error('A message store answers every claim.');
      }
    }
    // Given up while the store was asked, and ended then without a claim to release.
    const unwanted = unclaimed.filter((job) => job.claimed && !job.wanted);
    await this.#release(unwanted);
    return jobs.filter((job) => job.claimed);
  }

  /** Waits for the end of a message that somebody else is sending under the same id. */
  async #follow(job: Job, ended: Promise<Settlement | undefined>): Promise<void> {
    this.#following.add(job);
    const end = await ended;
    this.#following.delete(job);
    if (end) this.#tell(job, { ...end, duplicate: true });
    else if (job.wanted) this.#parts.queue.push(job);
  }

  /**
   * Makes one request for the jobs and acts on the answer. Resolves with those that must be tried again, in order,
   * and when.
   */
  async #carry(candidates: readonly Job[], signal: AbortSignal): Promise<Again> {
    const jobs = await this.#stillWanted(candidates);
    if (jobs.length === 0) return NOTHING;
    const { account, gate, permits, clock, onEvent } = this.#parts;
    const departedMs = clock.monotonicMs();
    const answer = await this.#attempt(jobs, signal);
    const durationMs = clock.monotonicMs() - departedMs;
    const detail = 'message' in answer ? { detail: answer.message } : {};
    onEvent({
      kind: 'attempted',
      account,
      messages: jobs.length,
      answer: answer.kind,
      durationMs,
      ...detail,
    });

    const conclusive = ['accepted', 'message-refused', 'throttled'].includes(answer.kind);
    if (conclusive && gate.accepted(departedMs)) onEvent({ kind: 'account-resumed', account });

    switch (answer.kind) {
      case 'accepted':
        await this.#settle(jobs, (_, index) => ({ kind: 'accepted', key: answer.keys[index] ?? '' }));
        return NOTHING;
      case 'message-refused':
        return await this.#isolate(jobs, answer, signal);
      case 'throttled': {
        const delayMs = answer.retryAfterMs ?? this.#retryDelayMs(jobs);
        permits.holdBack(delayMs);
        return await this.#tryAgain(jobs, sendError('RATE_LIMITED', answer.message), 0);
      }
      case 'unavailable': {
        if (answer.retryAfterMs !== undefined) permits.holdBack(answer.retryAfterMs);
        const error = sendError('PROVIDER_UNAVAILABLE', answer.message, answer.providerCode);
        return await this.#tryAgain(jobs, error, this.#retryDelayMs(jobs));
      }
      case 'account-refused':
        return await this.#pause(jobs, answer, departedMs);
      case 'ambiguous': {
        const error = sendError('OUTCOME_UNKNOWN', answer.message, answer.providerCode);
        const reported = jobs.filter((job) => job.message.ambiguousSends === 'report');
        for (const job of jobs) job.maybeSent = true;
        await this.#settle(reported, () => ({ kind: 'unknown', error }));
        const resent = jobs.filter((job) => job.message.ambiguousSends === 'resend');
        return await this.#tryAgain(resent, error, this.#retryDelayMs(jobs));
      }
      case 'cancelled':
        return { again: jobs, delayMs: 0 };
    }
  }

  /** Leaves out what was cancelled or expired since it was taken: nothing is written for it. */
  async #stillWanted(jobs: readonly Job[]): Promise<readonly Job[]> {
    const nowMs = this.#parts.clock.monotonicMs();
    await this.#expire(jobs.filter((job) => job.wanted && job.expiresAtMs <= nowMs));
    return jobs.filter((job) => job.wanted);
  }

  async #expire(jobs: readonly Job[]): Promise<void> {
    await this.#settle(jobs, (job) =>
      job.maybeSent
        ? { kind: 'unknown', error: job.lastError ?? sendError('OUTCOME_UNKNOWN') }
        : { kind: 'expired', error: sendError('EXPIRED') },
    );
  }

  async #attempt(jobs: readonly Job[], signal: AbortSignal): Promise<ProviderAnswer> {
    for (const job of jobs) job.inRequest = true;
    try {
      const answer = await this.#parts.provider.send(
        jobs.map((job) => job.message),
        { signal },
      );
      if (answer.kind !== 'cancelled') for (const job of jobs) job.attempts += 1;
      if (answer.kind === 'accepted' && answer.keys.length !== jobs.length) {
        return { kind: 'ambiguous', message: `${answer.keys.length} keys for ${jobs.length} messages` };
      }
      return answer;
    } catch {
      for (const job of jobs) job.attempts += 1;
      // A provider that throws broke its contract, and whether it had written anything cannot be known.
      return { kind: 'ambiguous', message: 'the request failed in an unforeseen way' };
    } finally {
      for (const job of jobs) job.inRequest = false;
    }
  }

  /** Halves a refused batch until the refused message stands alone, so that its neighbours are sent. */
  async #isolate(
    jobs: readonly Job[],
    answer: ProviderAnswer & { kind: 'message-refused' },
    signal: AbortSignal,
  ): Promise<Again> {
    if (jobs.length === 1) {
      const error = sendError('PROVIDER_REJECTED', answer.message, answer.providerCode);
      await this.#settle(jobs, () => rejected(error));
      return NOTHING;
    }
    const half = Math.ceil(jobs.length / 2);
    const left = await this.#carryNext(jobs.slice(0, half), signal);
    // A recipient whose earlier message must be tried again waits with its later ones.
    const held = new Set(left.again.map((job) => job.message.phoneNumber));
    const isHeld = (job: Job) => held.has(job.message.phoneNumber);
    const rest = jobs.slice(half);
    const right = await this.#carryNext(
      rest.filter((job) => !isHeld(job)),
      signal,
    );
    return {
      again: [...left.again, ...right.again, ...rest.filter(isHeld)],
      delayMs: Math.max(left.delayMs, right.delayMs),
    };
  }

  async #carryNext(jobs: readonly Job[], signal: AbortSignal): Promise<Again> {
    if (jobs.length === 0) return NOTHING;
    try {
      await this.#parts.permits.acquire(signal);
    } catch {
      return { again: jobs, delayMs: 0 };
    }
    return await this.#carry(jobs, signal);
  }

  /** The account was refused: who waits on the line is told, the others wait, and nothing else is tried. */
  async #pause(
    jobs: readonly Job[],
    answer: ProviderAnswer & { kind: 'account-refused' },
    departedMs: number,
  ): Promise<Again> {
    const { account, gate, queue, onEvent } = this.#parts;
    const error = sendError(REFUSAL_REASONS[answer.reason], answer.message, answer.providerCode);
    if (gate.refused(error, departedMs)) onEvent({ kind: 'account-paused', account, error });
    const { state } = gate;
    const retryAfterMs = state.kind === 'paused' ? state.nextProbeInMs : 0;
    const onTheLine = (job: Job) => job.whenBlocked === 'refuse';
    await this.giveUp([...queue.withdraw(onTheLine), ...jobs.filter(onTheLine)], error, retryAfterMs);
    return await this.#tryAgain(
      jobs.filter((job) => !onTheLine(job)),
      error,
      0,
    );
  }

  async #tryAgain(jobs: readonly Job[], error: SendError, delayMs: number): Promise<Again> {
    for (const job of jobs) {
      job.failures += 1;
      job.lastError = error;
    }
    const unwanted = jobs.filter((job) => !job.wanted);
    await this.giveUp(unwanted, error);
    return { again: jobs.filter((job) => job.wanted), delayMs };
  }

  #retryDelayMs(jobs: readonly Job[]): number {
    const failures = 1 + Math.max(...jobs.map((job) => job.failures));
    return jitteredDelayMs(this.#parts.retries, failures, this.#parts.random);
  }

  /** Remembers the ends, then tells the submitters: an answer that was given is never given differently again. */
  async #settle(jobs: readonly Job[], outcomeOf: (job: Job, index: number) => Outcome): Promise<void> {
    const ends = jobs.map((job, index) => ({ job, settlement: settlement(job, outcomeOf(job, index)) }));
    await this.#store.settle(ends.map(({ job, settlement }) => ({ message: job.message, settlement })));
    for (const { job, settlement } of ends) this.#tell(job, settlement);
  }

  #tell(job: Job, settlement: Settlement): void {
    const { account, onEvent } = this.#parts;
    const { outcome, attempts, duplicate } = settlement;
    onEvent({ kind: 'settled', account, messageId: job.message.messageId, outcome, attempts, duplicate });
    job.claimed = false;
    job.end(settlement);
  }
}

interface Again {
  readonly again: readonly Job[];
  readonly delayMs: number;
}

/** How late a waiting message may be told that it expired. */
const SWEEP_INTERVAL_MS = 1000;

const NOTHING: Again = { again: [], delayMs: 0 };

const REFUSAL_REASONS = {
  unauthorized: 'PROVIDER_UNAUTHORIZED',
  'ip-restricted': 'PROVIDER_IP_RESTRICTED',
  blocked: 'PROVIDER_BLOCKED',
  quota: 'PROVIDER_QUOTA_EXHAUSTED',
} as const;

function rejected(error: SendError): Outcome {
  return { kind: 'rejected', error };
}

function settlement(job: Job, outcome: Outcome): Settlement {
  return { kind: 'settled', outcome, attempts: job.attempts, duplicate: false };
}
