import type { Clock } from './clock.ts';

/** Requests tried again per request made for the first time. */
const RATIO = 0.2;
/** In requests: saved up at most, and there from the start. */
const MAX_SAVED = 10;
/** In requests per second: what is granted without any new traffic, so that nothing waits for ever. */
const FLOOR_PER_SECOND = 0.2;

/**
 * Keeps repetitions a small part of the traffic, so that a provider in trouble is not given more to do for it. Who finds
 * it empty waits.
 */
export class RetryBudget {
  readonly #clock: Clock;
  #saved = MAX_SAVED;
  #countedMs: number;

  constructor(options: { clock: Clock }) {
    this.#clock = options.clock;
    this.#countedMs = options.clock.monotonicMs();
  }

  /** A request carried messages for the first time. */
  earn(): void {
    this.#saved = Math.min(MAX_SAVED, this.#saved + RATIO);
  }

  /** Resolves when a request may be repeated. Rejects with the signal's reason when that fires first. */
  async spend(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      this.#refill();
      if (this.#saved >= 1) break;
      await this.#clock.sleep(Math.min(1000, ((1 - this.#saved) / FLOOR_PER_SECOND) * 1000), signal);
    }
    this.#saved -= 1;
  }

  #refill(): void {
    const nowMs = this.#clock.monotonicMs();
    const grown = ((nowMs - this.#countedMs) / 1000) * FLOOR_PER_SECOND;
    this.#countedMs = nowMs;
    this.#saved = Math.min(MAX_SAVED, this.#saved + grown);
  }
}
