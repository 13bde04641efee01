import { abortable } from './abortable.ts';
import type { AccountGate } from './account-gate.ts';
import { jitteredDelayMs } from './backoff.ts';
import type { Backoff } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { SenderEvent } from './events.ts';
import { claimOf, Endings, rejected, settlement, unknown } from './endings.ts';
import { ForgivingStore } from './forgiving-store.ts';
import type { Job } from './job.ts';
import type { Claim, MessageStore } from './message-store.ts';
import type { Permit, Permits } from './permits.ts';
import type { Provider, ProviderAnswer } from './provider.ts';
import { sendError } from './reasons.ts';
import type { SendError } from './reasons.ts';
import type { BatchBounds, RecipientQueue } from './recipient-queue.ts';
import { Requests } from './requests.ts';
import type { RetryBudget } from './retry-budget.ts';

export interface PipelineParts {
  readonly account: string;
  readonly queue: RecipientQueue;
  readonly gate: AccountGate;
  readonly permits: Permits;
  readonly budget: RetryBudget;
  readonly store: MessageStore;
  readonly provider: Provider;
  /** Looked at for each batch, so that it may change. */
  readonly batch: () => BatchBounds;
  readonly clock: Clock;
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  readonly onEvent: (event: SenderEvent) => void;
}

const RETRIES: Backoff = { firstMs: 250, maxMs: 30_000 };
/** More than the provider's limit can fill, unless it takes tens of seconds to answer. */
const MAX_REQUESTS_IN_FLIGHT = 100;
/** How late an expired message that waits may be told so. */
const SWEEP_INTERVAL_MS = 250;

/**
 * One account's way from the queue to the settlement. The only place where anything is tried again.
 *
 * Batches form by themselves: nothing lingers, and what waits when a permit comes due rides along. Requests overlap;
 * a recipient is in one of them at a time.
 */
export class Pipeline {
  readonly #parts: PipelineParts;
  readonly #store: ForgivingStore;
  readonly #endings: Endings;
  readonly #requests: Requests;
  readonly #dispatches = new Set<Promise<void>>();
  readonly #inFlight = new Set<Promise<unknown>>();
  /** Jobs that wait for the end of another one under the same id. */
  readonly #following = new Set<Job>();

  constructor(parts: PipelineParts) {
    this.#parts = parts;
    this.#store = new ForgivingStore(parts.store, parts.account, parts.onEvent);
    this.#endings = new Endings({ ...parts, store: this.#store });
    this.#requests = new Requests({ ...parts, endings: this.#endings });
  }

  /**
   * Sends what the queue holds until `signal` fires, then gives up what waits. Resolves when no request is in flight
   * any more and every job has ended.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { queue, gate, permits, provider, batch } = this.#parts;
    const sweeping = this.#sweep(signal);
    try {
      for (;;) {
        await queue.ready(signal);
        const pass = await gate.pass(signal);
        while (this.#inFlight.size >= MAX_REQUESTS_IN_FLIGHT) {
          await abortable(Promise.race(this.#inFlight), signal);
        }
        void provider.warm?.();
        const permit = await permits.reserve(signal);
        const paused = pass === 'open' && gate.state.kind === 'paused';
        const bounds = pass === 'probe' ? { ...batch(), maxMessages: 1 } : batch();
        const jobs = paused ? [] : queue.take(bounds);
        const dispatch = this.#dispatch(jobs, permit, signal).finally(() => {
          if (pass === 'probe') gate.probeInconclusive();
          this.#dispatches.delete(dispatch);
        });
        this.#dispatches.add(dispatch);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    await Promise.all([sweeping, ...this.#dispatches]);
    await this.#endings.giveUp(
      [...queue.withdraw(() => true), ...this.#following],
      sendError('SHUTTING_DOWN'),
    );
  }

  /** Ends what nobody waits for any more: at once, or with the answer of the request that carries it. */
  giveUp(jobs: readonly Job[]): void {
    this.#parts.queue.withdraw(new Set(jobs));
    const wanted = jobs.filter((job) => job.wanted);
    void this.#endings.giveUp(wanted, sendError('DEADLINE_EXCEEDED'));
  }

  /** Brings a batch as far as it gets now. What must be tried again rests, then goes back to the queue's front. */
  async #dispatch(jobs: readonly Job[], permit: Permit, signal: AbortSignal): Promise<void> {
    const { queue } = this.#parts;
    const ours = await this.#claim(jobs.filter((job) => job.wanted));
    const carrying = this.#carry(ours, permit, signal);
    this.#inFlight.add(carrying);
    const { again, delayMs } = await carrying.finally(() => this.#inFlight.delete(carrying));
    // Their ids are free while they wait, so that an end of this process says nothing of them.
    await this.#endings.release(again.filter((job) => !job.maybeSent));
    if (delayMs > 0) await this.#rest(again, delayMs, signal);
    queue.giveBack(
      jobs,
      again.filter((job) => job.wanted),
    );
  }

  /** Which of the jobs are this pipeline's to send: the others were settled before, or somebody else sends them. */
  async #claim(jobs: readonly Job[]): Promise<readonly Job[]> {
    const claims = await this.#store.claim(jobs.map(claimOf));
    for (const [index, job] of jobs.entries()) {
      const claim = claims[index];
      switch (claim?.kind) {
        case 'claimed':
          job.claimed = true;
          if (claim.maybeSent) this.#endings.mayHaveBeenSent(job, 'holder-died');
          break;
        case 'settled':
          this.#endings.tell(job, { ...claim.settlement, duplicate: true });
          break;
        case 'in-flight':
          void this.#follow(job, claim);
          break;
        case 'conflict':
          this.#endings.tell(job, settlement(job, rejected(sendError('IDEMPOTENCY_CONFLICT'))));
          break;
        case undefined:
          throw new Error('A message store answers every claim.');
      }
    }
    // Given up while the store was asked, and ended then without a claim to release.
    await this.#endings.release(jobs.filter((job) => !job.wanted && !job.maybeSent));
    const isReported = (job: Job) => job.maybeSent && job.message.ambiguousSends === 'report';
    const ours = jobs.filter((job) => job.claimed);
    await this.#endings.settle(ours.filter(isReported), (job) => unknown(job));
    return ours.filter((job) => job.claimed);
  }

  /** Waits for the end of a message that somebody else is sending under the same id. */
  async #follow(job: Job, claim: Claim & { kind: 'in-flight' }): Promise<void> {
    const unwanted = new AbortController();
    void job.result.then(() => unwanted.abort());
    this.#following.add(job);
    const end = await claim.ended(unwanted.signal).catch(() => undefined);
    this.#following.delete(job);
    if (end) this.#endings.tell(job, { ...end, duplicate: true });
    else if (job.wanted) this.#parts.queue.push(job);
  }

  /** Makes one request for the jobs and acts on the answer: which of them must be tried again, in order, and when. */
  async #carry(candidates: readonly Job[], permit: Permit, signal: AbortSignal): Promise<Again> {
    const answered = await this.#requests.make(candidates, permit, signal);
    if (!answered) return { again: candidates, delayMs: 0 };
    const { jobs, answer, departedMs } = answered;
    const { account, gate, permits, onEvent } = this.#parts;

    const gotThrough = ['accepted', 'message-refused', 'throttled'].includes(answer.kind);
    if (gotThrough && gate.answered(departedMs)) onEvent({ kind: 'account-resumed', account });

    switch (answer.kind) {
      case 'accepted':
        await this.#endings.settle(jobs, (_, index) => ({ kind: 'accepted', key: answer.keys[index] ?? '' }));
        return NOTHING;
      case 'message-refused':
        return await this.#isolate(jobs, sendError('PROVIDER_REJECTED', answer.message, answer.providerCode));
      case 'throttled': {
        const delayMs = answer.retryAfterMs ?? this.#retryDelayMs(jobs);
        permits.throttled(delayMs);
        onEvent({ kind: 'held-back', account, delayMs, throttled: true });
        return await this.#tryAgain(jobs, sendError('RATE_LIMITED', answer.message), 0);
      }
      case 'unavailable': {
        if (answer.retryAfterMs !== undefined) {
          permits.holdBack(answer.retryAfterMs);
          onEvent({ kind: 'held-back', account, delayMs: answer.retryAfterMs, throttled: false });
        }
        const error = sendError('PROVIDER_UNAVAILABLE', answer.message, answer.providerCode);
        if (gate.failed(error, departedMs)) onEvent({ kind: 'account-paused', account, error });
        return await this.#tryAgain(jobs, error, this.#retryDelayMs(jobs));
      }
      case 'account-refused':
        return await this.#accountRefused(jobs, answer, departedMs);
      case 'ambiguous': {
        const error = sendError('OUTCOME_UNKNOWN', answer.message, answer.providerCode);
        const outage = sendError('PROVIDER_UNAVAILABLE', answer.message, answer.providerCode);
        if (gate.failed(outage, departedMs)) onEvent({ kind: 'account-paused', account, error: outage });
        for (const job of jobs) this.#endings.mayHaveBeenSent(job, 'no-answer');
        const reported = jobs.filter((job) => job.message.ambiguousSends === 'report');
        await this.#endings.settle(reported, () => ({ kind: 'unknown', error }));
        const resent = jobs.filter((job) => job.message.ambiguousSends === 'resend');
        return await this.#tryAgain(resent, error, this.#retryDelayMs(jobs));
      }
    }
  }

  /**
   * Of a request that was refused for one of its messages, each goes on in half the company at most, so that the one
   * ends up alone and its neighbours are sent.
   */
  async #isolate(jobs: readonly Job[], error: SendError): Promise<Again> {
    if (jobs.length === 1) {
      await this.#endings.settle(jobs, () => rejected(error));
      return NOTHING;
    }
    const { account, onEvent } = this.#parts;
    const maxCompany = Math.ceil(jobs.length / 2);
    for (const job of jobs) {
      job.inRequest = false;
      job.maxCompany = maxCompany;
    }
    onEvent({ kind: 'split', account, messages: jobs.length, maxCompany });
    await this.#endings.giveUp(
      jobs.filter((job) => !job.wanted),
      sendError('DEADLINE_EXCEEDED'),
    );
    return { again: jobs.filter((job) => job.wanted), delayMs: 0 };
  }

  /** The account was refused: who waits on the line is told, the others wait, and only probes are sent. */
  async #accountRefused(
    jobs: readonly Job[],
    answer: ProviderAnswer & { kind: 'account-refused' },
    departedMs: number,
  ): Promise<Again> {
    const { account, gate, queue, onEvent } = this.#parts;
    const error = sendError(REFUSAL_REASONS[answer.reason], answer.message, answer.providerCode);
    if (answer.reason === 'blocked') {
      // The edge may have meant the account, or the words of one message: it is found out while probes are sent.
      const [first] = jobs;
      if (first && jobs.length === 1) {
        if (gate.gotThroughSince(first.blockedAloneAtMs ?? Infinity)) {
          return await this.#isolate(jobs, sendError('PROVIDER_REJECTED', BLOCKED_ALONE));
        }
        first.blockedAloneAtMs ??= departedMs;
      }
      for (const job of jobs) job.maxCompany = Math.ceil(jobs.length / 2);
    }
    if (gate.refused(error, departedMs)) onEvent({ kind: 'account-paused', account, error });
    for (const job of jobs) job.inRequest = false;
    const { state } = gate;
    const retryAfterMs = state.kind === 'paused' ? state.nextProbeInMs : 0;
    const onTheLine = (job: Job) => job.traffic === 'interactive';
    await this.#endings.giveUp(
      [...queue.withdraw(onTheLine), ...jobs.filter(onTheLine)],
      error,
      retryAfterMs,
    );
    return await this.#tryAgain(
      jobs.filter((job) => !onTheLine(job)),
      error,
      0,
    );
  }

  async #tryAgain(jobs: readonly Job[], error: SendError, delayMs: number): Promise<Again> {
    for (const job of jobs) {
      job.inRequest = false;
      job.failures += 1;
      job.lastError = error;
    }
    const unwanted = jobs.filter((job) => !job.wanted);
    await this.#endings.giveUp(unwanted, error);
    return { again: jobs.filter((job) => job.wanted), delayMs };
  }

  #retryDelayMs(jobs: readonly Job[]): number {
    const failures = 1 + Math.max(...jobs.map((job) => job.failures));
    return jitteredDelayMs(RETRIES, failures, this.#parts.random);
  }

  /** Until the jittered delay is over, and then until the budget allows for a repetition. */
  async #rest(jobs: readonly Job[], delayMs: number, signal: AbortSignal): Promise<void> {
    const { account, gate, budget, clock, onEvent } = this.#parts;
    const [first] = jobs;
    if (!first) return;
    const reason = first.lastError?.reason ?? 'PROVIDER_UNAVAILABLE';
    onEvent({ kind: 'retrying', account, messages: jobs.length, delayMs, reason });
    // Only the end of the process cuts the rest short, and then the jobs are told so from the queue.
    const rested = clock.sleep(delayMs, signal);
    // While the account is paused its probes are few enough.
    const allowed = rested.then(() => (gate.state.kind === 'open' ? budget.spend(signal) : undefined));
    await allowed.catch(() => undefined);
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
      await this.#endings.expire(await this.#claim(queue.withdraw((job) => job.expiresAtMs <= nowMs)));
    }
  }
}

interface Again {
  readonly again: readonly Job[];
  readonly delayMs: number;
}

const NOTHING: Again = { again: [], delayMs: 0 };

const REFUSAL_REASONS = {
  unauthorized: 'PROVIDER_UNAUTHORIZED',
  'ip-restricted': 'PROVIDER_IP_RESTRICTED',
  blocked: 'PROVIDER_BLOCKED',
  quota: 'PROVIDER_QUOTA_EXHAUSTED',
} as const;

const BLOCKED_ALONE = 'The provider’s edge blocks this message, and lets others of the account through';
