import type { Clock } from './clock.ts';

/** How many messages one recipient may get: on average one per interval, and up to a burst at once. */
export interface RecipientPace {
  readonly intervalMs: number;
  readonly burst: number;
}

/**
 * Meta's limit for one sender and one recipient (error 131056): about one message in 6 seconds, of which up to 45 may
 * be borrowed from the time to come. Meta's pair rate limit, error 131056.
 */
export const META_PAIR_LIMIT: RecipientPace = { intervalMs: 6000, burst: 45 };

const PRUNE_EVERY = 1000;

/**
 * Paces each recipient by itself (GCRA). Known to one process: a recipient whose messages come through several replicas
 * gets as much through each.
 *
 * Remembers whoever got a message in the last `burst` intervals, and forgets the others now and then, while messages go out.
 */
export class RecipientPacing {
  readonly #clock: Clock;
  readonly #pace: RecipientPace;
  /** When each recipient's borrowed time is paid back, on the monotonic clock. */
  readonly #paidBackMs = new Map<string, number>();
  #untilPrune = PRUNE_EVERY;

  constructor(options: { clock: Clock; pace: RecipientPace }) {
    this.#clock = options.clock;
    this.#pace = options.pace;
  }

  /** How many recipients are remembered. */
  get size(): number {
    return this.#paidBackMs.size;
  }

  /** How long the recipient's next message must wait. */
  waitMs(phoneNumber: string): number {
    const { intervalMs, burst } = this.#pace;
    const paidBackMs = this.#paidBackMs.get(phoneNumber) ?? -Infinity;
    return Math.max(0, paidBackMs - (burst - 1) * intervalMs - this.#clock.monotonicMs());
  }

  /** A message goes out to the recipient now. */
  took(phoneNumber: string): void {
    const nowMs = this.#clock.monotonicMs();
    const paidBackMs = Math.max(nowMs, this.#paidBackMs.get(phoneNumber) ?? -Infinity);
    this.#paidBackMs.set(phoneNumber, paidBackMs + this.#pace.intervalMs);
    this.#untilPrune -= 1;
    if (this.#untilPrune > 0) return;
    for (const [recipient, moment] of this.#paidBackMs)
      if (moment <= nowMs) this.#paidBackMs.delete(recipient);
    this.#untilPrune = Math.max(PRUNE_EVERY, this.#paidBackMs.size);
  }
}
