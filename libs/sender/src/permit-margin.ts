import type { Clock } from './clock.ts';

/** Never less: timers fire late by a millisecond or two, and so does the provider’s own clock. */
const FLOOR_MS = 12;
/** Never more: beyond it the provider’s limit is not what it was said to be. */
const CEILING_MS = 100;
/** Until enough answers are known to tell. */
const START_MS = 45;
const ANSWERS_TO_TELL = 5;
const ANSWERS_REMEMBERED = 32;
/** Of the variation seen: what the next requests may still bring. */
const HEADROOM = 1.15;
const GROWTH_ON_THROTTLE = 1.5;
const SHRINK_MS_PER_SECOND = 0.1;

/**
 * The distance kept from the provider's limit, in milliseconds of each second. Requests leave evenly and arrive as the
 * network lets them: the second request of two may catch up by as much as the way there varies.
 *
 * How much that is, answer times tell: the margin starts wide and follows their variation once a few are known. From
 * then on it shrinks slowly, because most of the variation may be the provider's own work and not the way there, and
 * grows at once when the provider counted one too many (additive decrease, multiplicative increase).
 */
export class PermitMargin {
  readonly #clock: Clock;
  readonly #durationsMs: number[] = [];
  #answers = 0;
  #ms = START_MS;
  #setMs: number;

  constructor(options: { clock: Clock }) {
    this.#clock = options.clock;
    this.#setMs = options.clock.monotonicMs();
  }

  get ms(): number {
    if (this.#answers < ANSWERS_TO_TELL) return this.#ms;
    const shrunkMs = ((this.#clock.monotonicMs() - this.#setMs) / 1000) * SHRINK_MS_PER_SECOND;
    return Math.max(FLOOR_MS, this.#ms - shrunkMs);
  }

  /** A request was answered after this long. */
  answered(durationMs: number): void {
    this.#durationsMs[this.#answers % ANSWERS_REMEMBERED] = durationMs;
    this.#answers += 1;
    if (this.#answers < ANSWERS_TO_TELL || this.#answers > ANSWERS_REMEMBERED) return;
    const variationMs = this.#variationMs();
    if (this.#answers === ANSWERS_TO_TELL || variationMs > this.ms) this.#set(variationMs);
  }

  /** The provider counted one request too many. */
  throttled(): void {
    this.#set(Math.max(this.ms * GROWTH_ON_THROTTLE, Math.min(this.#variationMs(), START_MS)));
  }

  #set(ms: number): void {
    this.#ms = Math.min(CEILING_MS, Math.max(FLOOR_MS, ms));
    this.#setMs = this.#clock.monotonicMs();
  }

  /** From the fastest answer to the slowest but the odd one. */
  #variationMs(): number {
    const sorted = this.#durationsMs.toSorted((a, b) => a - b);
    const slow = sorted[Math.floor((sorted.length - 1) * 0.95)] ?? 0;
    return Math.min(START_MS, (slow - (sorted[0] ?? 0)) * HEADROOM);
  }
}
