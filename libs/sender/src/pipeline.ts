import { abortable } from './abortable.ts';
import type { AccountGate } from './account-gate.ts';
import { jitteredDelayMs } from './backoff.ts';
import type { Backoff } from './backoff.ts';
import { Claims } from './claims.ts';
import { Endings, unknown } from './endings.ts';
import { ForgivingStore } from './forgiving-store.ts';
import type { Job } from './job.ts';
import type { MessageStore } from './message-store.ts';
import type { Permit, Permits } from './permits.ts';
import type { Provider, ProviderAnswer } from './provider.ts';
import { sendError } from './reasons.ts';
import type { SendError } from './reasons.ts';
import type { BatchBounds, RecipientQueue } from './recipient-queue.ts';
import { Requests } from './requests.ts';
import type { RetryBudget } from './retry-budget.ts';
import { Windows } from './windows.ts';
import type { WindowParts } from './windows.ts';

export interface PipelineParts extends WindowParts {
  readonly queue: RecipientQueue;
  readonly gate: AccountGate;
  readonly permits: Permits;
  readonly budget: RetryBudget;
  readonly store: MessageStore;
  readonly provider: Provider;
  /** Looked at for each batch, so that it may change. */
  readonly batch: () => BatchBounds;
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
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
  readonly #claims: Claims;
  readonly #endings: Endings;
  readonly #requests: Requests;
  readonly #dispatches = new Set<Promise<void>>();
  readonly #inFlight = new Set<Promise<unknown>>();
  /** Jobs that were taken and claimed: on their way to a request, in one, or at rest after it. */
  readonly #underway = new Set<Job>();

  constructor(parts: PipelineParts) {
    this.#parts = parts;
    const store = new ForgivingStore(parts.store, parts.account, parts.onEvent);
    this.#endings = new Endings({ ...parts, store });
    this.#claims = new Claims({ store, windows: new Windows(parts), endings: this.#endings });
    this.#requests = new Requests({ ...parts, endings: this.#endings });
  }

  /**
   * Sends what the queue holds until `signal` fires, then gives up what waits. Resolves when no request is in flight
   * any more and every job has ended.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { queue, gate, permits, provider, batch, clock } = this.#parts;
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
        const takenMs = clock.monotonicMs();
        const dispatch = this.#dispatch(jobs, { pass, permit, takenMs, signal }).finally(() => {
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

  /** Brings a batch as far as it gets now, and frees each recipient as soon as nothing of its own is left to wait for. */
  async #dispatch(jobs: readonly Job[], turn: Turn): Promise<void> {
    const { queue } = this.#parts;
    const { riding, followed, behind } = await this.#claims.clear(jobs, turn.signal);
    const sent = this.#send([...riding], turn);
    const lines = [...Map.groupBy(jobs, recipientOf).values()].map(async (line) => {
      const { again, rested } = line.some((job) => riding.has(job)) ? await sent : NOT_SENT;
      // What is tried again waits for nobody behind it: that may be a repetition of the very same id.
      if (line.some((job) => again.has(job))) await rested;
      // Of those that follow somebody, only the first is waited for: one behind it may repeat an id that waits here too.
      else await line.map((job) => followed.get(job)).find((ended) => ended !== undefined);
      const left = line.filter((job) => behind.has(job) || (again.has(job) && this.#underway.has(job)));
      for (const job of line) this.#underway.delete(job);
      queue.giveBack(
        line,
        left.filter((job) => job.wanted),
      );
    });
    await Promise.all([sent, ...lines]);
  }

  /** Makes a request for the jobs. Resolves with those that must be tried again, which rest until it is time to. */
  async #send(jobs: readonly Job[], turn: Turn): Promise<Sent> {
    const { gate } = this.#parts;
    for (const job of jobs) this.#underway.add(job);
    const carrying = this.#carry(jobs, turn);
    this.#inFlight.add(carrying);
    const { again, delayMs } = await carrying.finally(() => {
      this.#inFlight.delete(carrying);
      // Before its messages rest: the next probe may be out by the end of that.
      if (turn.pass === 'probe' && jobs.length > 0) gate.probeInconclusive();
      else if (turn.pass === 'probe') gate.probeUnused();
    });
    // Their ids are free while they wait, so that an end of this process says nothing of them. Whose time is over
    // meanwhile is being ended, and keeps its id for that.
    const free = again.filter((job) => !job.maybeSent && this.#underway.has(job));
    await this.#endings.release(free);
    const rested = delayMs > 0 ? this.#rest(again, delayMs, turn.signal) : Promise.resolve();
    return { again: new Set(again), rested };
  }

  /** Makes one request for the jobs and acts on the answer: which of them must be tried again, in order, and when. */
  async #carry(candidates: readonly Job[], { pass, permit, takenMs, signal }: Turn): Promise<Again> {
    const { account, gate, permits, onEvent } = this.#parts;
    const isAllowed = () => pass === 'probe' || gate.state.kind === 'open';
    const answered = await this.#requests.make(candidates, { permit, takenMs, isAllowed, signal });
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
        // A delay of nothing is none: whoever keeps saying so is given more and more time.
        const askedMs = answer.retryAfterMs ?? 0;
        const delayMs = askedMs > 0 ? askedMs : this.#retryDelayMs(jobs);
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
        for (const job of jobs) this.#endings.mayHaveBeenSent(job, 'no-answer', error);
        const reported = jobs.filter((job) => job.message.ambiguousSends === 'report');
        await this.#endings.settle(reported, unknown);
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
      await this.#endings.refuse(jobs, error);
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
      // Claimed first, those that were claimed long ago again: the id may have been settled before, or gone to another,
      // and that outcome is the one to tell.
      const late = [...queue.withdraw(isLate), ...underway];
      const { ours, followed } = await this.#claims.make(late, signal);
      await this.#endings.expire(ours);
      for (const [job, ended] of followed) void ended.then(() => job.wanted && queue.push(job));
    }
  }
}

interface Sent {
  readonly again: ReadonlySet<Job>;
  /** That those may be tried. Never rejects. */
  readonly rested: Promise<void>;
}

const NOT_SENT: Sent = { again: new Set(), rested: Promise.resolve() };

interface Turn {
  readonly pass: 'open' | 'probe';
  readonly permit: Permit;
  readonly takenMs: number;
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
