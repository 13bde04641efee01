import type { Clock } from './clock.ts';
import type { Permits } from './permits.ts';

/**
 * Permits of one process on its monotonic clock, evenly paced (GCRA with a burst of one): between two permits lie
 * at least (1 s + `marginMs`) / `limitPerSecond`, counted from when the earlier one was really handed out, so that
 * a late timer moves everything behind it and no sliding second ever holds more than the limit.
 *
 * Bursts cost nothing to forgo: what waits rides in the next batch.
 */
export class PacedPermits implements Permits {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  #notBeforeMs = -Infinity;
  #lastInLine: Promise<void> = Promise.resolve();

  constructor(options: { clock: Clock; limitPerSecond: number; marginMs: number }) {
    this.#clock = options.clock;
    this.#intervalMs = (1000 + options.marginMs) / options.limitPerSecond;
  }

  async acquire(signal: AbortSignal): Promise<void> {
    const before = this.#lastInLine;
    const { promise: after, resolve: letNext } = Promise.withResolvers<void>();
    this.#lastInLine = after;
    try {
      await before;
      signal.throwIfAborted();
      // The moment may move while it is waited for (holdBack), and a timer may fire a little early.
      for (;;) {
        const waitMs = this.#notBeforeMs - this.#clock.monotonicMs();
        if (waitMs <= 0) break;
        await this.#clock.sleep(waitMs, signal);
      }
      this.#notBeforeMs = this.#clock.monotonicMs() + this.#intervalMs;
    } finally {
      letNext();
    }
  }

  holdBack(delayMs: number): void {
    this.#notBeforeMs = Math.max(this.#notBeforeMs, this.#clock.monotonicMs() + delayMs);
  }
}
