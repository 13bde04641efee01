import type { Clock, Settlement } from '@parley/sender';

const POLL_EVERY_MS = 200;

/** What became of ids, one answer each, in order. `in-flight`: nothing yet. */
export type WatchedEnd = Settlement | 'in-flight' | 'free';

export interface SettlementWatchOptions {
  readonly clock: Clock;
  /** How long a holder has an id that it does not claim again: nobody waits longer without an answer. */
  readonly leaseMs: number;
  /** Rejects while Redis is away: it is asked again. */
  readonly ask: (ids: readonly WatchedId[]) => Promise<readonly WatchedEnd[]>;
}

/** An id that somebody else sends. */
export interface WatchedId {
  readonly account: string;
  readonly messageId: string;
  readonly fingerprint: string;
}

/** Follows ids that others send: one question for all of them every 200 ms, and none when there are none. */
export class SettlementWatch {
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #ask: SettlementWatchOptions['ask'];
  readonly #followers = new Set<Follower>();
  #isPolling = false;

  constructor({ clock, leaseMs, ask }: SettlementWatchOptions) {
    this.#clock = clock;
    this.#leaseMs = leaseMs;
    this.#ask = ask;
  }

  /**
   * Resolves with undefined when the id is free again. Rejects with the signal's reason when that fires first, and with
   * the last error when no question was answered for the time of a lease.
   */
  async follow(id: WatchedId, signal: AbortSignal): Promise<Settlement | undefined> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Settlement | undefined>();
    const follower = { id, answeredMs: this.#clock.monotonicMs(), resolve, reject };
    const giveUp = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', giveUp, { once: true });
    this.#followers.add(follower);
    if (!this.#isPolling) void this.#poll();
    try {
      return await promise;
    } finally {
      this.#followers.delete(follower);
      signal.removeEventListener('abort', giveUp);
    }
  }

  async #poll(): Promise<void> {
    this.#isPolling = true;
    while (this.#followers.size > 0) {
      const followers = [...this.#followers];
      try {
        const ends = await this.#ask(followers.map(({ id }) => id));
        for (const [index, follower] of followers.entries()) this.#answered(follower, ends[index]);
      } catch (error) {
        for (const follower of followers) this.#notAnswered(follower, error as Error);
      }
      await this.#clock.sleep(POLL_EVERY_MS);
    }
    this.#isPolling = false;
  }

  #answered(follower: Follower, end: WatchedEnd = 'in-flight'): void {
    follower.answeredMs = this.#clock.monotonicMs();
    if (end !== 'in-flight') follower.resolve(end === 'free' ? undefined : end);
  }

  #notAnswered(follower: Follower, error: Error): void {
    if (this.#clock.monotonicMs() - follower.answeredMs >= this.#leaseMs) follower.reject(error);
  }
}

interface Follower {
  readonly id: WatchedId;
  /** When the last question was answered, on the monotonic clock. */
  answeredMs: number;
  readonly resolve: (end: Settlement | undefined) => void;
  readonly reject: (error: Error) => void;
}
