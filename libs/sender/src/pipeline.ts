import { abortable } from './abortable.ts';
import type { AccountGate } from './account-gate.ts';
import { jitteredDelayMs } from './backoff.ts';
import type { Backoff } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { SenderEvent } from './events.ts';
import { ForgivingStore } from './forgiving-store.ts';
import type { Job } from './job.ts';
import type { Claim, ClaimRequest, MessageStore } from './message-store.ts';
import type { Outcome, Settlement } from './outcome.ts';
import type { Permit, Permits } from './permits.ts';
import type { Provider, ProviderAnswer } from './provider.ts';
import { sendError } from './reasons.ts';
import type { SendError } from './reasons.ts';
import type { BatchBounds, RecipientQueue } from './recipient-queue.ts';
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
  readonly #dispatches = new Set<Promise<void>>();
  readonly #requests = new Set<Promise<unknown>>();
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
    const { queue, gate, permits, provider, batch } = this.#parts;
    const sweeping = this.#sweep(signal);
    try {
      for (;;) {
        await queue.ready(signal);
        const pass = await gate.pass(signal);
        while (this.#requests.size >= MAX_REQUESTS_IN_FLIGHT) {
          await abortable(Promise.race(this.#requests), signal);
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
    await this.giveUp([...queue.withdraw(() => true), ...this.#following], sendError('SHUTTING_DOWN'));
  }

  /** Brings a batch as far as it gets now. What must be tried again rests, then goes back to the queue's front. */
  async #dispatch(jobs: readonly Job[], permit: Permit, signal: AbortSignal): Promise<void> {
    const { queue } = this.#parts;
    const ours = await this.#claim(jobs.filter((job) => job.wanted));
    const carrying = this.#carry(ours, permit, signal);
    this.#requests.add(carrying);
    const { again, delayMs } = await carrying.finally(() => this.#requests.delete(carrying));
    // Their ids are free while they wait, so that an end of this process says nothing of them.
    await this.#release(again.filter((job) => !job.maybeSent));
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
          if (claim.maybeSent) this.#mayHaveBeenSent(job, 'holder-died');
          break;
        case 'settled':
          this.#tell(job, { ...claim.settlement, duplicate: true });
          break;
        case 'in-flight':
          void this.#follow(job, claim);
          break;
        case 'conflict':
          this.#tell(job, settlement(job, rejected(sendError('IDEMPOTENCY_CONFLICT'))));
          break;
        case undefined:
          throw new Error('A message store answers every claim.');
      }
    }
    // Given up while the store was asked, and ended then without a claim to release.
    await this.#release(jobs.filter((job) => !job.wanted && !job.maybeSent));
    const isReported = (job: Job) => job.maybeSent && job.message.ambiguousSends === 'report';
    const ours = jobs.filter((job) => job.claimed);
    await this.#settle(ours.filter(isReported), (job) => unknown(job));
    return ours.filter((job) => job.claimed);
  }

  /** Waits for the end of a message that somebody else is sending under the same id. */
  async #follow(job: Job, claim: Claim & { kind: 'in-flight' }): Promise<void> {
    const unwanted = new AbortController();
    void job.result.then(() => unwanted.abort());
    this.#following.add(job);
    const end = await claim.ended(unwanted.signal).catch(() => undefined);
    this.#following.delete(job);
    if (end) this.#tell(job, { ...end, duplicate: true });
    else if (job.wanted) this.#parts.queue.push(job);
  }

  /** Makes one request for the jobs and acts on the answer: which of them must be tried again, in order, and when. */
  async #carry(candidates: readonly Job[], permit: Permit, signal: AbortSignal): Promise<Again> {
    const attempt = await this.#attempt(candidates, permit, signal);
    if (!attempt) return { again: candidates, delayMs: 0 };
    const { jobs, answer, departedMs } = attempt;
    const { account, gate, permits, onEvent } = this.#parts;

    const gotThrough = ['accepted', 'message-refused', 'throttled'].includes(answer.kind);
    if (gotThrough && gate.answered(departedMs)) onEvent({ kind: 'account-resumed', account });

    switch (answer.kind) {
      case 'accepted':
        await this.#settle(jobs, (_, index) => ({ kind: 'accepted', key: answer.keys[index] ?? '' }));
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
        for (const job of jobs) this.#mayHaveBeenSent(job, 'no-answer');
        const reported = jobs.filter((job) => job.message.ambiguousSends === 'report');
        await this.#settle(reported, () => ({ kind: 'unknown', error }));
        const resent = jobs.filter((job) => job.message.ambiguousSends === 'resend');
        return await this.#tryAgain(resent, error, this.#retryDelayMs(jobs));
      }
    }
  }

  /**
   * One request at the moment of its permit, or of a later one when that was missed. What was given up, or expired, by
   * the tick in which the request is written is not in it. Undefined when nothing was written: there was nothing left
   * to send, or the signal fired.
   */
  async #attempt(
    candidates: readonly Job[],
    firstPermit: Permit,
    signal: AbortSignal,
  ): Promise<Attempt | undefined> {
    const { permits, provider } = this.#parts;
    let permit = firstPermit;
    try {
      for (;;) {
        const jobs = await this.#stillWanted(candidates);
        if (jobs.length === 0) return undefined;
        if (await permit.due()) {
          const attempt = await this.#request(jobs, permit, signal);
          if (attempt) return attempt;
        }
        permit.giveBack();
        // A connection that took too long to open is there next time.
        await abortable(provider.warm?.() ?? Promise.resolve(), signal);
        permit = await permits.reserve(signal);
      }
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    } finally {
      permit.giveBack();
    }
  }

  /** Undefined when it was not allowed to leave. */
  async #request(jobs: readonly Job[], permit: Permit, signal: AbortSignal): Promise<Attempt | undefined> {
    const { account, permits, budget, provider, clock, onEvent } = this.#parts;
    let departedMs: number | undefined;
    const mayLeave = () => {
      const nowMs = clock.monotonicMs();
      if (!jobs.every((job) => job.wanted && job.expiresAtMs > nowMs) || !permit.use()) return false;
      for (const job of jobs) job.inRequest = true;
      departedMs = nowMs;
      return true;
    };
    const messages = jobs.map((job) => job.message);
    const answer = await provider.send(messages, { signal, mayLeave }).then(
      (answered) => withFittingKeys(answered, jobs.length),
      // A provider that throws broke its contract, and how far the request got cannot be known once it left.
      (): ProviderAnswer => ({
        kind: departedMs === undefined ? 'unavailable' : 'ambiguous',
        message: 'the request failed in an unforeseen way',
      }),
    );
    for (const job of jobs) job.inRequest = false;
    if (answer.kind === 'cancelled') return undefined;
    const nowMs = clock.monotonicMs();
    const durationMs = nowMs - (departedMs ?? nowMs);
    const repeated = jobs.filter((job) => job.attempts > 0).length;
    for (const job of jobs) job.attempts += 1;
    if (answer.kind === 'accepted') permits.answered(durationMs);
    if (repeated < jobs.length) budget.earn();
    onEvent({
      kind: 'attempted',
      account,
      messages: jobs.length,
      repeated,
      answer: answer.kind,
      durationMs,
      ...('message' in answer && { detail: answer.message }),
    });
    return { jobs, answer, departedMs: departedMs ?? nowMs };
  }

  /** Leaves out what was cancelled or expired since it was taken: nothing is written for it. */
  async #stillWanted(jobs: readonly Job[]): Promise<readonly Job[]> {
    const nowMs = this.#parts.clock.monotonicMs();
    await this.#expire(jobs.filter((job) => job.wanted && job.expiresAtMs <= nowMs));
    return jobs.filter((job) => job.wanted);
  }

  /**
   * Of a request that was refused for one of its messages, each goes on in half the company at most, so that the one
   * ends up alone and its neighbours are sent.
   */
  async #isolate(jobs: readonly Job[], error: SendError): Promise<Again> {
    if (jobs.length === 1) {
      await this.#settle(jobs, () => rejected(error));
      return NOTHING;
    }
    const { account, onEvent } = this.#parts;
    const maxCompany = Math.ceil(jobs.length / 2);
    for (const job of jobs) job.maxCompany = maxCompany;
    onEvent({ kind: 'split', account, messages: jobs.length, maxCompany });
    await this.giveUp(
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
    const { state } = gate;
    const retryAfterMs = state.kind === 'paused' ? state.nextProbeInMs : 0;
    const onTheLine = (job: Job) => job.traffic === 'interactive';
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

  /**
   * Ends jobs that nobody wants sent any more. Those that a request carries now end with its answer; those that an
   * earlier request may have sent settle as unknown; the others were surely not sent, and their ids are free.
   */
  async giveUp(jobs: readonly Job[], error: SendError, retryAfterMs?: number): Promise<void> {
    for (const job of jobs) job.givenUp = error;
    const waiting = jobs.filter((job) => !job.inRequest);
    await this.#settle(
      waiting.filter((job) => job.maybeSent),
      (job) => unknown(job),
    );
    const { account, onEvent } = this.#parts;
    const unsent = waiting.filter((job) => !job.maybeSent);
    for (const job of unsent) {
      const reason = job.lastError ?? error;
      onEvent({ kind: 'unsent', account, messageId: job.message.messageId, reason: reason.reason });
      job.end({ kind: 'unsent', error: reason, ...(retryAfterMs !== undefined && { retryAfterMs }) });
    }
    await this.#release(unsent);
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

  async #expire(jobs: readonly Job[]): Promise<void> {
    await this.#settle(jobs, (job) =>
      job.maybeSent ? unknown(job) : { kind: 'expired', error: sendError('EXPIRED') },
    );
  }

  #mayHaveBeenSent(job: Job, cause: 'no-answer' | 'holder-died'): void {
    const { account, onEvent } = this.#parts;
    const { messageId, ambiguousSends: policy } = job.message;
    job.maybeSent = true;
    onEvent({ kind: 'ambiguous', account, messageId, policy, cause });
  }

  async #release(jobs: readonly Job[]): Promise<void> {
    const held = jobs.filter((job) => job.claimed);
    for (const job of held) job.claimed = false;
    await this.#store.release(held.map(claimOf));
  }

  /** Remembers the ends, then tells the submitters: an answer that was given is never given differently again. */
  async #settle(jobs: readonly Job[], outcomeOf: (job: Job, index: number) => Outcome): Promise<void> {
    const ends = jobs.map((job, index) => ({ job, settlement: settlement(job, outcomeOf(job, index)) }));
    await this.#store.settle(ends.map(({ job, settlement }) => ({ ...claimOf(job), settlement })));
    for (const { job, settlement } of ends) this.#tell(job, settlement);
  }

  #tell(job: Job, settlement: Settlement): void {
    const { account, clock, onEvent } = this.#parts;
    const { outcome, attempts, duplicate } = settlement;
    const { messageId } = job.message;
    const durationMs = clock.monotonicMs() - job.acceptedAtMs;
    onEvent({ kind: 'settled', account, messageId, outcome, attempts, duplicate, durationMs });
    job.claimed = false;
    job.end(settlement);
  }
}

interface Again {
  readonly again: readonly Job[];
  readonly delayMs: number;
}

const NOTHING: Again = { again: [], delayMs: 0 };

interface Attempt {
  readonly jobs: readonly Job[];
  readonly answer: Exclude<ProviderAnswer, { kind: 'cancelled' }>;
  readonly departedMs: number;
}

const REFUSAL_REASONS = {
  unauthorized: 'PROVIDER_UNAUTHORIZED',
  'ip-restricted': 'PROVIDER_IP_RESTRICTED',
  blocked: 'PROVIDER_BLOCKED',
  quota: 'PROVIDER_QUOTA_EXHAUSTED',
} as const;

const BLOCKED_ALONE = 'The provider’s edge blocks this message, and lets others of the account through';

function withFittingKeys(answer: ProviderAnswer, messages: number): ProviderAnswer {
  if (answer.kind !== 'accepted' || answer.keys.length === messages) return answer;
  return { kind: 'ambiguous', message: `${answer.keys.length} keys for ${messages} messages` };
}

function claimOf({ message, holder }: Job): ClaimRequest {
  return { message, holder };
}

function rejected(error: SendError): Outcome {
  return { kind: 'rejected', error };
}

function unknown(job: Job): Outcome {
  return { kind: 'unknown', error: job.lastError ?? sendError('OUTCOME_UNKNOWN') };
}

function settlement(job: Job, outcome: Outcome): Settlement {
  return { kind: 'settled', outcome, attempts: job.attempts, duplicate: false };
}
