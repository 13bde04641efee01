const STEP_MS = 10;

/**
 * Moments for spans, in milliseconds since 1970 with fractions: as even as the monotonic clock, so that a part never begins
 * before its whole, and set when the wall clock was set.
 */
export class SpanClock {
  readonly #wall: () => number;
  readonly #monotonic: () => number;
  #offsetMs: number;

  constructor(wall: () => number = () => Date.now(), monotonic: () => number = () => performance.now()) {
    this.#wall = wall;
    this.#monotonic = monotonic;
    this.#offsetMs = wall() - monotonic();
  }

  now(): number {
    const monotonicMs = this.#monotonic();
    const offsetMs = this.#wall() - monotonicMs;
    if (Math.abs(offsetMs - this.#offsetMs) > STEP_MS) this.#offsetMs = offsetMs;
    return this.#offsetMs + monotonicMs;
  }
}
