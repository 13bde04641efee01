import type { Clock, Settlement } from '@parley/sender';

const POLL_EVERY_MS = 200;

/** What became of ids, one answer each, in order. `in-flight`: nothing yet. */
export type WatchedEnd = Settlement | 'in-flight' | 'free';

export interface SettlementWatchOptions {
  readonly clock: Clock;
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
  readonly #ask: SettlementWatchOptions['ask'];
  readonly #followers = new Set<Follower>();
  #isPolling = false;

  constructor({ clock, ask }: SettlementWatchOptions) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** Resolves with undefined when the id is free again. Rejects with the signal's reason when that fires first. */
  async follow(id: WatchedId, signal: AbortSignal): Promise<Settlement | undefined> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Settlement | undefined>();
    const follower = { id, resolve };
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
      const ends = await this.#ask(followers.map(({ id }) => id)).catch(() => []);
      for (const [index, { resolve }] of followers.entries()) {
        const end = ends[index] ?? 'in-flight';
        if (end !== 'in-flight') resolve(end === 'free' ? undefined : end);
      }
      await this.#clock.sleep(POLL_EVERY_MS);
    }
    this.#isPolling = false;
  }
}

interface Follower {
  readonly id: WatchedId;
  readonly resolve: (end: Settlement | undefined) => void;
}
