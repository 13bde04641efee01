import { randomUUID } from 'node:crypto';
import { AccountGate } from './account-gate.ts';
import type { AccountState } from './account-gate.ts';
import type { Clock } from './clock.ts';
import type { SenderEvent } from './events.ts';
import { expectedWaitMs } from './expected-wait.ts';
import { Job } from './job.ts';
import type { Traffic } from './job.ts';
import type { MessageStore } from './message-store.ts';
import type { OutboundMessage } from './message.ts';
import type { SubmissionResult } from './outcome.ts';
import type { Permits } from './permits.ts';
import { Pipeline } from './pipeline.ts';
import type { Provider } from './provider.ts';
import { sendError } from './reasons.ts';
import type { SendError } from './reasons.ts';
import { RecipientPacing } from './recipient-pacing.ts';
import type { RecipientPace } from './recipient-pacing.ts';
import { RecipientQueue } from './recipient-queue.ts';
import { RetryBudget } from './retry-budget.ts';
import type { WindowPolicy } from './service-window.ts';
import type { WindowStore } from './window-store.ts';

/** One provider account: its own queue, permits and pauses. */
export interface SenderAccount {
  readonly name: string;
  readonly provider: Provider;
  readonly permits: Permits;
  readonly maxMessagesPerRequest: number;
  /** Paces each recipient by itself. @default no pacing */
  readonly recipientPace?: RecipientPace | undefined;
}

/** What may change while an account is at work. */
export interface AccountLimits {
  /** Requests in any sliding second. */
  readonly limitPerSecond: number;
  readonly maxMessagesPerRequest: number;
}

export interface SenderOptions {
  readonly accounts: readonly SenderAccount[];
  readonly store: MessageStore;
  /** Whether messages are refused whose recipients have not written in the last 24 hours. @default off */
  readonly windowPolicy?: WindowPolicy;
  /** What is known of that. Without it nobody is refused. */
  readonly windows?: WindowStore;
  /** Bound on the messages submitted and not ended, over all accounts. */
  readonly maxMessages: number;
  /** Bound on the UTF-8 bytes of their bodies. @default 64 MiB */
  readonly maxBodyBytes?: number;
  /** Names this process among those that share the store: different after each start. @default a random one */
  readonly replicaId?: string;
  readonly clock: Clock;
  /** From 0 (inclusive) to 1 (exclusive); for jitter. */
  readonly random: () => number;
  readonly onEvent?: (event: SenderEvent) => void;
}

export type Submission =
  /** One result per message, in order. */
  | { readonly kind: 'queued'; readonly results: readonly Promise<SubmissionResult>[] }
  /** None of the messages was taken. */
  | { readonly kind: 'refused'; readonly error: SendError; readonly retryAfterMs?: number };

/** Of the delay that a refused caller is told. */
const RETRY_SPREAD = 0.3;
const NOTHING_WAITS = { messages: 0, bodyBytes: 0 };
const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** Of UTF-8 bodies in one request. The provider publishes no maximum; a larger request gains nothing. */
const MAX_BODY_BYTES_PER_REQUEST = 1_000_000;

/**
 * Sends texts through the provider: within its rate limit, in order per recipient, each to an honest end.
 *
 * Starts working when it is made. {@link close} ends it.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #accounts = new Map<string, RunningAccount>();
  readonly #stop = new AbortController();
  readonly #waitingForRoom = new Set<{
    readonly messages: readonly OutboundMessage[];
    readonly wake: () => void;
  }>();
  readonly #replicaId: string;
  #submitted = 0;
  #messages = 0;
  #bodyBytes = 0;
  #closing = false;
  #whenEmpty: PromiseWithResolvers<void> | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#replicaId = options.replicaId ?? randomUUID();
    const { store, windowPolicy = 'off', windows, clock, random } = options;
    const onEvent = options.onEvent ?? (() => undefined);
    for (const account of options.accounts) {
      const { recipientPace: pace, maxMessagesPerRequest } = account;
      const pacing = pace && new RecipientPacing({ clock, pace });
      const queue = new RecipientQueue({ clock, pacing });
      const gate = new AccountGate({ clock });
      const batch = { maxMessages: maxMessagesPerRequest, maxBodyBytes: MAX_BODY_BYTES_PER_REQUEST };
      const pipeline = new Pipeline({
        account: account.name,
        queue,
        gate,
        permits: account.permits,
        budget: new RetryBudget({ clock }),
        store,
        windowPolicy,
        windows,
        provider: account.provider,
        batch: () => batch,
        clock,
        random,
        onEvent,
      });
      const ended = pipeline.run(this.#stop.signal);
      this.#accounts.set(account.name, {
        permits: account.permits,
        batch,
        queue,
        gate,
        pipeline,
        ended,
        open: new Set(),
      });
    }
  }

  /**
   * Takes all of the messages, which are of one account, or none. `signal` says that nobody wants them any more:
   * what was not written by then never is.
   *
   * Interactive traffic is told at once when the queue is full, the account paused, or the wait longer than `waitMs`;
   * for bulk the call resolves when there is room, and the messages outlast a pause. What never fits is refused.
   */
  async submit(messages: readonly OutboundMessage[], options: SubmitOptions): Promise<Submission> {
    const running = this.#accounts.get(messages[0]?.account ?? '');
    if (!running) return { kind: 'refused', error: sendError('ACCOUNT_UNKNOWN') };
    if (options.traffic === 'interactive') {
      const blocked = this.#blocked(running, messages, options.waitMs);
      if (blocked) return blocked;
    } else if (!this.#fits(messages, NOTHING_WAITS)) {
      return { kind: 'refused', error: sendError('QUEUE_FULL') };
    } else {
      await this.#room(messages, options.signal);
    }
    try {
      if (this.#closing) return { kind: 'refused', error: sendError('SHUTTING_DOWN') };
      if (options.signal.aborted) return { kind: 'refused', error: sendError('DEADLINE_EXCEEDED') };
      return { kind: 'queued', results: this.#enqueue(running, messages, options) };
    } finally {
      // What is left, or was not taken after all, may be enough for the next one.
      this.#wakeNext();
    }
  }

  /** Changes an account's limits from its next request on. Without effect for a name that is not configured. */
  setLimits(name: string, { limitPerSecond, maxMessagesPerRequest }: AccountLimits): void {
    const running = this.#accounts.get(name);
    if (!running) return;
    running.permits.setLimit(limitPerSecond);
    running.batch.maxMessages = maxMessagesPerRequest;
  }

  /** As they are now; undefined for a name that is not configured. */
  limitsOf(name: string): AccountLimits | undefined {
    const running = this.#accounts.get(name);
    if (!running) return undefined;
    const { permits, batch } = running;
    return { limitPerSecond: permits.limitPerSecond, maxMessagesPerRequest: batch.maxMessages };
  }

  /** The names of the accounts, in the order they were given. */
  get accounts(): readonly string[] {
    return [...this.#accounts.keys()];
  }

  /** Whether the provider takes anything from the account; undefined for a name that is not configured. */
  accountState(name: string): AccountState | undefined {
    return this.#accounts.get(name)?.gate.state;
  }

  /** Messages submitted and not ended. */
  get messagesWaiting(): number {
    return this.#messages;
  }

  /** For how long the account's oldest message that has not ended has been waiting, in milliseconds; 0 when none waits. */
  oldestWaitingMs(name: string): number {
    // A set keeps the order in which its members came.
    const [oldest] = this.#accounts.get(name)?.open ?? [];
    return oldest ? this.#options.clock.monotonicMs() - oldest.acceptedAtMs : 0;
  }

  /**
   * Takes nothing new, sends what waits for up to `graceMs`, then gives up the rest as unsent. Resolves when every
   * message has ended.
   */
  async close(options: { readonly graceMs: number }): Promise<void> {
    this.#closing = true;
    this.#wakeNext();
    if (this.#messages > 0) {
      this.#whenEmpty ??= Promise.withResolvers();
      const grace = new AbortController();
      await Promise.race([
        this.#whenEmpty.promise,
        this.#options.clock.sleep(options.graceMs, grace.signal).catch(() => undefined),
      ]);
      grace.abort();
    }
    this.#stop.abort();
    await Promise.all([...this.#accounts.values()].map(({ ended }) => ended));
  }

  #enqueue(
    running: RunningAccount,
    messages: readonly OutboundMessage[],
    { traffic, signal }: SubmitOptions,
  ): Promise<SubmissionResult>[] {
    const { clock } = this.#options;
    let open = messages.length;
    const jobs = messages.map((message) => {
      const acceptedAtMs = clock.monotonicMs();
      const expiresAtMs = acceptedAtMs + (message.expireTimeMs - clock.now());
      const holder = `${this.#replicaId}:${++this.#submitted}`;
      const onEnd = () => {
        open -= 1;
        if (open === 0) signal.removeEventListener('abort', giveUp);
        running.open.delete(job);
        this.#ended(job);
      };
      const job = new Job({ message, traffic, holder, acceptedAtMs, expiresAtMs, onEnd });
      return job;
    });
    const giveUp = () => running.pipeline.giveUp(jobs);
    signal.addEventListener('abort', giveUp, { once: true });
    for (const job of jobs) {
      this.#messages += 1;
      this.#bodyBytes += job.bodyBytes;
      running.open.add(job);
      running.queue.push(job);
    }
    return jobs.map((job) => job.result);
  }

  #hasRoomFor(messages: readonly OutboundMessage[]): boolean {
    return this.#fits(messages, { messages: this.#messages, bodyBytes: this.#bodyBytes });
  }

  #fits(messages: readonly OutboundMessage[], waiting: { messages: number; bodyBytes: number }): boolean {
    const { maxMessages, maxBodyBytes = MAX_BODY_BYTES } = this.#options;
    const bodyBytes = messages.reduce((sum, { text }) => sum + Buffer.byteLength(text.body), 0);
    return waiting.messages + messages.length <= maxMessages && waiting.bodyBytes + bodyBytes <= maxBodyBytes;
  }

  #blocked(
    { permits, batch, queue, gate }: RunningAccount,
    messages: readonly OutboundMessage[],
    waitMs = Infinity,
  ): Submission | undefined {
    if (this.#closing) return { kind: 'refused', error: sendError('SHUTTING_DOWN') };
    const { refusal, state } = gate;
    if (refusal) {
      return this.#refused(refusal, state.kind === 'paused' ? state.nextProbeInMs : 0);
    }
    const maxMessagesPerRequest = batch.maxMessages;
    if (!this.#hasRoomFor(messages)) {
      const requests = Math.ceil(messages.length / maxMessagesPerRequest);
      return this.#refused(
        sendError('QUEUE_FULL'),
        permits.pace.nextInMs + requests * permits.pace.intervalMs,
      );
    }
    const expectedMs = expectedWaitMs({
      messages: messages.length,
      ahead: queue.aheadOf(messages.map(({ phoneNumber }) => phoneNumber)),
      permits,
      maxMessagesPerRequest,
    });
    if (expectedMs <= waitMs) return undefined;
    return this.#refused(sendError('WAIT_TOO_LONG'), expectedMs - waitMs);
  }

  /** With a delay that differs a little each time, so that callers refused together do not come back together. */
  #refused(error: SendError, delayMs: number): Submission {
    const spread = 1 + RETRY_SPREAD * this.#options.random();
    return { kind: 'refused', error, retryAfterMs: Math.ceil(delayMs * spread) };
  }

  /** Resolves when there is room, in the order of asking as far as each fits, or when nobody wants it any more. */
  async #room(messages: readonly OutboundMessage[], signal: AbortSignal): Promise<void> {
    while (!this.#hasRoomFor(messages) && !this.#closing && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const place = { messages, wake: resolve };
      const leave = () => {
        this.#waitingForRoom.delete(place);
        resolve();
      };
      this.#waitingForRoom.add(place);
      signal.addEventListener('abort', leave, { once: true });
      await promise;
      signal.removeEventListener('abort', leave);
    }
  }

  #wakeNext(): void {
    const [next] = this.#waitingForRoom;
    if (!next || !(this.#closing || this.#hasRoomFor(next.messages))) return;
    this.#waitingForRoom.delete(next);
    next.wake();
  }

  #ended(job: Job): void {
    this.#messages -= 1;
    this.#bodyBytes -= job.bodyBytes;
    this.#wakeNext();
    if (this.#messages === 0) this.#whenEmpty?.resolve();
  }
}

export interface SubmitOptions {
  readonly traffic: Traffic;
  readonly signal: AbortSignal;
  /** How long somebody waits for the end, in milliseconds; used for interactive traffic. @default for ever */
  readonly waitMs?: number;
}

interface RunningAccount {
  readonly permits: Permits;
  readonly batch: { maxMessages: number; readonly maxBodyBytes: number };
  readonly queue: RecipientQueue;
  readonly gate: AccountGate;
  readonly pipeline: Pipeline;
  readonly ended: Promise<void>;
  /** Submitted and not ended, the oldest first. */
  readonly open: Set<Job>;
}
