import { AccountGate } from './account-gate.ts';
import type { AccountState } from './account-gate.ts';
import type { Backoff } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { SenderEvent } from './events.ts';
import { Job } from './job.ts';
import type { WhenBlocked } from './job.ts';
import type { MessageStore } from './message-store.ts';
import type { OutboundMessage } from './message.ts';
import type { SubmissionResult } from './outcome.ts';
import type { Permits } from './permits.ts';
import { Pipeline } from './pipeline.ts';
import type { Provider } from './provider.ts';
import { sendError } from './reasons.ts';
import type { SendError } from './reasons.ts';
import { RecipientQueue } from './recipient-queue.ts';

/** One provider account: its own queue, permits and pauses. */
export interface SenderAccount {
  readonly name: string;
  readonly provider: Provider;
  readonly permits: Permits;
  /** Requests per second that the permits keep to; used to estimate how long a full queue takes. */
  readonly limitPerSecond: number;
  readonly maxMessagesPerRequest: number;
}

export interface SenderOptions {
  readonly accounts: readonly SenderAccount[];
  readonly store: MessageStore;
  /** Bound on the messages submitted and not ended, over all accounts. */
  readonly maxMessages: number;
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

const RETRIES: Backoff = { firstMs: 250, maxMs: 30_000 };
const PROBES: Backoff = { firstMs: 1000, maxMs: 60_000 };
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
  readonly #waitingForRoom: (() => void)[] = [];
  #messages = 0;
  #closing = false;
  #whenEmpty: PromiseWithResolvers<void> | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
    const { store, clock, random } = options;
    const onEvent = options.onEvent ?? (() => undefined);
    for (const account of options.accounts) {
      const queue = new RecipientQueue();
      const gate = new AccountGate({ clock, probes: PROBES });
      const pipeline = new Pipeline({
        account: account.name,
        queue,
        gate,
        permits: account.permits,
        store,
        provider: account.provider,
        batch: { maxMessages: account.maxMessagesPerRequest, maxBodyBytes: MAX_BODY_BYTES_PER_REQUEST },
        retries: RETRIES,
        clock,
        random,
        onEvent,
      });
      const ended = pipeline.run(this.#stop.signal);
      this.#accounts.set(account.name, { account, queue, gate, pipeline, ended });
    }
  }

  /**
   * Takes all of the messages, which are of one account, or none. `signal` says that nobody wants them any more:
   * what was not written by then never is.
   *
   * With `whenBlocked: 'refuse'` a full queue or a paused account is told at once; with `'wait'` the call resolves
   * when there is room, and the messages outlast a pause.
   */
  async submit(
    messages: readonly OutboundMessage[],
    options: { readonly whenBlocked: WhenBlocked; readonly signal: AbortSignal },
  ): Promise<Submission> {
    const running = this.#accounts.get(messages[0]?.account ?? '');
    if (!running) return { kind: 'refused', error: sendError('ACCOUNT_UNKNOWN') };
    if (options.whenBlocked === 'refuse') {
      const blocked = this.#blocked(running, messages.length);
      if (blocked) return blocked;
    } else {
      while (!this.#hasRoomFor(messages.length) && !this.#closing && !options.signal.aborted) {
        await this.#room(options.signal);
      }
    }
    if (this.#closing) return { kind: 'refused', error: sendError('SHUTTING_DOWN') };
    if (options.signal.aborted) return { kind: 'refused', error: sendError('DEADLINE_EXCEEDED') };
    return { kind: 'queued', results: this.#enqueue(running, messages, options) };
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

  /**
   * Takes nothing new, sends what waits for up to `graceMs`, then gives up the rest as unsent. Resolves when every
   * message has ended.
   */
  async close(options: { readonly graceMs: number }): Promise<void> {
    this.#closing = true;
    for (const retry of this.#waitingForRoom.splice(0)) retry();
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
    options: { whenBlocked: WhenBlocked; signal: AbortSignal },
  ): Promise<SubmissionResult>[] {
    const { clock } = this.#options;
    let open = messages.length;
    const onEnd = () => {
      open -= 1;
      if (open === 0) options.signal.removeEventListener('abort', giveUp);
      this.#messageEnded();
    };
    const jobs = messages.map((message) => {
      const expiresAtMs = clock.monotonicMs() + (message.expireTimeMs - clock.now());
      return new Job({ message, whenBlocked: options.whenBlocked, expiresAtMs, onEnd });
    });
    const giveUp = () => {
      const given = new Set(jobs);
      running.queue.withdraw((job) => given.has(job));
      const open = jobs.filter((job) => job.wanted);
      void running.pipeline.giveUp(open, sendError('DEADLINE_EXCEEDED'));
    };
    options.signal.addEventListener('abort', giveUp, { once: true });
    this.#messages += jobs.length;
    for (const job of jobs) running.queue.push(job);
    return jobs.map((job) => job.result);
  }

  #hasRoomFor(count: number): boolean {
    return this.#messages + count <= this.#options.maxMessages;
  }

  #blocked({ account, gate }: RunningAccount, count: number): Submission | undefined {
    if (this.#closing) return { kind: 'refused', error: sendError('SHUTTING_DOWN') };
    const { refusal, state } = gate;
    if (refusal) {
      const retryAfterMs = state.kind === 'paused' ? state.nextProbeInMs : 0;
      return { kind: 'refused', error: refusal, retryAfterMs };
    }
    if (this.#hasRoomFor(count)) return undefined;
    const perSecond = account.limitPerSecond * account.maxMessagesPerRequest;
    const retryAfterMs = Math.ceil((count / perSecond) * 1000);
    return { kind: 'refused', error: sendError('QUEUE_FULL'), retryAfterMs };
  }

  async #room(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const leave = () => {
      const place = this.#waitingForRoom.indexOf(resolve);
      if (place >= 0) this.#waitingForRoom.splice(place, 1);
      resolve();
    };
    this.#waitingForRoom.push(resolve);
    signal.addEventListener('abort', leave, { once: true });
    await promise;
    signal.removeEventListener('abort', leave);
  }

  #messageEnded(): void {
    this.#messages -= 1;
    this.#waitingForRoom.shift()?.();
    if (this.#messages === 0) this.#whenEmpty?.resolve();
  }
}

interface RunningAccount {
  readonly account: SenderAccount;
  readonly queue: RecipientQueue;
  readonly gate: AccountGate;
  readonly pipeline: Pipeline;
  readonly ended: Promise<void>;
}
