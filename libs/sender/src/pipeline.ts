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
/** How long after the next probe came due a message that was blocked alone may be the probe again. */
const SUSPECT_WAITS_MS = 1000;
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
  /** Jobs that were taken and claimed: on their way to a request, in one, or at rest after it. */
  readonly #underway = new Set<Job>();

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
        const dispatch = this.#dispatch(jobs, { pass, permit, signal }).finally(() => {
          this.#dispatches.delete(dispatch);
        });
        this.#dispatches.add(dispatch);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    await Promise.all([sweeping, ...this.#dispatches]);
    await this.#endings.giveUp(
      queue.withdraw(() => true),
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
  async #dispatch(jobs: readonly Job[], turn: Turn): Promise<void> {
    const { queue } = this.#parts;
    const { ours, followed } = await this.#claim(
      jobs.filter((job) => job.wanted),
      turn.signal,
    );
    const behind = behindFollowed(jobs, followed);
    // Whoever waits behind another's message holds no claim meanwhile, or two replicas could wait for each other.
    await this.#endings.release([...behind].filter((job) => !job.maybeSent));
    const left = await this.#send(
      ours.filter((job) => !behind.has(job)),
      turn,
    );
    const ends = [...Map.groupBy(jobs, recipientOf).values()].map(async (line) => {
      await Promise.all(line.flatMap((job) => followed.get(job) ?? []));
      queue.giveBack(
        line,
        line.filter((job) => job.wanted && (left.has(job) || behind.has(job))),
      );
    });
    await Promise.all(ends);
  }

  /** Makes a request for the jobs. Resolves with those that must be tried again, once it is time to. */
  async #send(jobs: readonly Job[], turn: Turn): Promise<ReadonlySet<Job>> {
    const { gate } = this.#parts;
    for (const job of jobs) this.#underway.add(job);
    const carrying = this.#carry(jobs, turn);
    this.#inFlight.add(carrying);
    const { again, delayMs } = await carrying.finally(() => {
      this.#inFlight.delete(carrying);
      // Before its messages rest: the next probe may be out by the end of that.
      if (turn.pass === 'probe') gate.probeInconclusive();
    });
    // Their ids are free while they wait, so that an end of this process says nothing of them.
    await this.#endings.release(again.filter((job) => !job.maybeSent));
    if (delayMs > 0) await this.#rest(again, delayMs, turn.signal);
    const left = again.filter((job) => this.#underway.has(job));
    for (const job of jobs) this.#underway.delete(job);
    return new Set(left);
  }

  /**
   * Which of the jobs are this pipeline's to send. Of the others, some were settled before, and some are followed:
   * somebody else sends their ids, and they end with that one, or may be claimed again when it has not sent them.
   */
  async #claim(jobs: readonly Job[], signal: AbortSignal): Promise<Claimed> {
    const followed = new Map<Job, Promise<void>>();
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
          followed.set(job, this.#follow(job, claim, signal));
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
    const isReported = (job: Job) =>
      job.maybeSent && (!job.wanted || job.message.ambiguousSends === 'report');
    await this.#endings.settle(
      jobs.filter((job) => job.claimed && isReported(job)),
      (job) => unknown(job),
    );
    return { ours: jobs.filter((job) => job.claimed), followed };
  }

  /** Waits until the message that somebody else is sending under the same id has ended, or can be claimed again. */
  async #follow(job: Job, claim: Claim & { kind: 'in-flight' }, signal: AbortSignal): Promise<void> {
    const unwanted = new AbortController();
    void job.result.then(() => unwanted.abort());
    const end = await claim.ended(AbortSignal.any([unwanted.signal, signal])).catch(() => undefined);
    if (end) this.#endings.tell(job, { ...end, duplicate: true });
  }

  /** Makes one request for the jobs and acts on the answer: which of them must be tried again, in order, and when. */
  async #carry(candidates: readonly Job[], { pass, permit, signal }: Turn): Promise<Again> {
    const { account, gate, permits, onEvent } = this.#parts;
    const isAllowed = () => pass === 'probe' || gate.state.kind === 'open';
    const answered = await this.#requests.make(candidates, { permit, isAllowed, signal });
    if (!answered) return { again: candidates, delayMs: 0 };
    const { jobs, answer, departedMs } = answered;

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
    // A suspect lets the next probe be another message, a caller's for one: only that tells which of them is blocked.
    const isSuspect = answer.reason === 'blocked' && jobs.length === 1;
    return await this.#tryAgain(
      jobs.filter((job) => !onTheLine(job)),
      error,
      isSuspect ? retryAfterMs + SUSPECT_WAITS_MS : 0,
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

  /** Expires on time also what waits behind a pause, a long line or a permit, or rests. */
  async #sweep(signal: AbortSignal): Promise<void> {
    const { queue, clock } = this.#parts;
    for (;;) {
      try {
        await clock.sleep(SWEEP_INTERVAL_MS, signal);
      } catch {
        return;
      }
      const nowMs = clock.monotonicMs();
      const isLate = (job: Job) => job.expiresAtMs <= nowMs;
      const underway = [...this.#underway].filter((job) => job.wanted && isLate(job) && !job.inRequest);
      for (const job of underway) this.#underway.delete(job);
      // Claimed first: the id may have been settled before, and that outcome is the one to tell.
      const unclaimed = [...queue.withdraw(isLate), ...underway.filter((job) => !job.claimed)];
      await this.#endings.expire(underway.filter((job) => job.claimed));
      const { ours, followed } = await this.#claim(unclaimed, signal);
      await this.#endings.expire(ours);
      for (const [job, ended] of followed) void ended.then(() => job.wanted && queue.push(job));
    }
  }
}

interface Claimed {
  readonly ours: readonly Job[];
  /** With the promise that it ended, or can be claimed again. Never rejects. */
  readonly followed: ReadonlyMap<Job, Promise<void>>;
}

interface Turn {
  readonly pass: 'open' | 'probe';
  readonly permit: Permit;
  readonly signal: AbortSignal;
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

function recipientOf({ message }: Job): string {
  return message.phoneNumber;
}

/** Of each recipient, its first followed job and all after it: they keep their order. */
function behindFollowed(jobs: readonly Job[], followed: Claimed['followed']): ReadonlySet<Job> {
  const recipients = new Set<string>();
  const isBehind = (job: Job) => {
    if (followed.has(job)) recipients.add(recipientOf(job));
    return recipients.has(recipientOf(job));
  };
  return new Set(jobs.filter(isBehind));
}
