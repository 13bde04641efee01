import type { Counter } from 'prom-client';

/** Adds up for how long each account is held back. Requests in flight together are all told to wait: that counts once. */
export class HeldBackSeconds {
  readonly #counter: Counter<'account' | 'cause'>;
  /** When each account's hold ends, on the monotonic clock. */
  readonly #untilMs = new Map<string, number>();

  constructor(counter: Counter<'account' | 'cause'>) {
    this.#counter = counter;
  }

  /** Counts by how much the account is held back longer than it was. */
  hold(account: string, { cause, delayMs }: { cause: 'throttled' | 'asked'; delayMs: number }): void {
    const nowMs = performance.now();
    const beforeMs = Math.max(nowMs, this.#untilMs.get(account) ?? -Infinity);
    const untilMs = Math.max(beforeMs, nowMs + delayMs);
    this.#untilMs.set(account, untilMs);
    this.#counter.inc({ account, cause }, (untilMs - beforeMs) / 1000);
  }
}
