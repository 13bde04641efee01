import { abortable } from './abortable.ts';
import type { Clock } from './clock.ts';
import { PermitMargin } from './permit-margin.ts';
import type { Permit, Permits } from './permits.ts';
import { MAX_AHEAD_MS, MAX_LATE_MS } from './slot-clock.ts';
import type { Slot, SlotClock } from './slot-clock.ts';

/** Before a permit comes due, for what is to be done with it, at least: taking a batch, claiming its ids, confirming. */
const LEAST_LEAD_MS = 5;

/** On top of what that took lately. */
const LEAD_SLACK_MS = 2;

/** Share by which a lead that turned out too long shrinks with each permit. */
const LEAD_DECAY = 0.1;

/** Lateness that is not told to the others: the margin covers it, once for each sliding second and not per permit. */
const TOLERATED_LATE_MS = 3;

/** Who asks again this soon after he left has more to send. */
const BACKLOG_MS = 20;

/** Share of the newest gap in the average of the gaps between permits. */
const GAP_WEIGHT = 0.2;

type Margin = Pick<PermitMargin, 'ms' | 'answered' | 'throttled'>;

/**
 * One account's permits in this process: slots of a clock that may be shared, each used on time or not at all.
 *
 * What makes the limit exact in every sliding second, with {@link SlotClock}: a slot is used once and by one request; a
 * request that leaves late moves every slot after it; one that is too late reserves another slot; the margin covers
 * what cannot be seen from here, the way to the provider.
 */
export class PacedPermits implements Permits {
  readonly #clock: Clock;
  readonly #slots: SlotClock;
  readonly #margin: Margin;
  #limitPerSecond: number;
  #lastInLine: Promise<void> = Promise.resolve();
  /** Reserved and given back unused: the next in line may have it. */
  #spare: Slot | undefined;
  #heldBackUntilMs = -Infinity;
  #nextDueMs = -Infinity;
  #leadMs = LEAST_LEAD_MS;
  #lastUsedMs = -Infinity;
  #gapMs: number | undefined;

  /** @param options.margin one that adapts, when left out */
  constructor(options: { clock: Clock; slots: SlotClock; limitPerSecond: number; margin?: Margin }) {
    this.#clock = options.clock;
    this.#slots = options.slots;
    this.#limitPerSecond = options.limitPerSecond;
    this.#margin = options.margin ?? new PermitMargin({ clock: options.clock });
  }

  async reserve(signal: AbortSignal): Promise<Permit> {
    const before = this.#lastInLine;
    const { promise: after, resolve: letNext } = Promise.withResolvers<void>();
    this.#lastInLine = after;
    try {
      await abortable(before, signal);
      const inBacklog = this.#clock.monotonicMs() - this.#lastUsedMs < BACKLOG_MS;
      const slot = this.#takeSpare() ?? (await this.#slots.reserve(this.#slotPace, signal));
      this.#nextDueMs = slot.dueMs;
      await this.#sleepUntil(slot.dueMs - this.#leadMs, signal);
      const handedOutMs = this.#clock.monotonicMs();
      let confirmed = true;
      return new PacedPermit({
        due: async () => {
          confirmed = await this.#slots.confirm(slot, signal);
          this.#preparedIn(this.#clock.monotonicMs() - handedOutMs);
          return confirmed && (await this.#arrives(slot, signal));
        },
        use: () => this.#use(slot, inBacklog),
        // A slot that was revoked is of no use to anybody.
        giveBack: () => {
          if (confirmed) this.#spare = slot;
        },
        ended: letNext,
      });
    } catch (error) {
      // Who gave up while others were before him leaves his place to the next.
      void before.then(letNext);
      throw error;
    }
  }

  throttled(delayMs: number): void {
    this.#margin.throttled();
    this.#holdBack(delayMs, this.#margin.ms);
  }

  holdBack(delayMs: number): void {
    this.#holdBack(delayMs);
  }

  answered(durationMs: number): void {
    this.#margin.answered(durationMs);
  }

  setLimit(limitPerSecond: number): void {
    this.#limitPerSecond = limitPerSecond;
    this.#gapMs = undefined;
  }

  get limitPerSecond(): number {
    return this.#limitPerSecond;
  }

  get pace(): { nextInMs: number; intervalMs: number } {
    const nextMs = Math.max(this.#nextDueMs, this.#heldBackUntilMs);
    const intervalMs = (1000 + this.#margin.ms) / this.#limitPerSecond;
    return {
      nextInMs: Math.max(0, nextMs - this.#clock.monotonicMs()),
      intervalMs: Math.max(intervalMs, this.#gapMs ?? 0),
    };
  }

  get #slotPace(): { limitPerSecond: number; marginMs: number } {
    return { limitPerSecond: this.#limitPerSecond, marginMs: this.#margin.ms };
  }

  /** A store that is far away takes longer to ask, and whoever leaves late for it would make all others later. */
  #preparedIn(durationMs: number): void {
    const neededMs = Math.min(MAX_AHEAD_MS, Math.max(LEAST_LEAD_MS, durationMs + LEAD_SLACK_MS));
    this.#leadMs = Math.max(neededMs, this.#leadMs - LEAD_DECAY * (this.#leadMs - neededMs));
  }

  #takeSpare(): Slot | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare && this.#isTimely(spare) ? spare : undefined;
  }

  async #arrives(slot: Slot, signal: AbortSignal): Promise<boolean> {
    await this.#sleepUntil(slot.dueMs, signal);
    return this.#isTimely(slot);
  }

  #use(slot: Slot, inBacklog: boolean): boolean {
    if (!this.#isTimely(slot)) return false;
    // In a microtask, which runs once the request is written: the writing takes its time, too, most of all the first.
    queueMicrotask(() => this.#left(slot));
    const nowMs = this.#clock.monotonicMs();
    if (inBacklog) {
      const gapMs = nowMs - this.#lastUsedMs;
      this.#gapMs = this.#gapMs === undefined ? gapMs : this.#gapMs + GAP_WEIGHT * (gapMs - this.#gapMs);
    }
    this.#lastUsedMs = nowMs;
    return true;
  }

  #left({ dueMs }: Slot): void {
    const lateMs = this.#clock.monotonicMs() - dueMs - TOLERATED_LATE_MS;
    if (lateMs > 0) this.#slots.push(lateMs);
  }

  #isTimely(slot: Slot): boolean {
    const nowMs = this.#clock.monotonicMs();
    return nowMs >= this.#heldBackUntilMs && nowMs - slot.dueMs <= MAX_LATE_MS;
  }

  #holdBack(delayMs: number, marginMs?: number): void {
    this.#heldBackUntilMs = Math.max(this.#heldBackUntilMs, this.#clock.monotonicMs() + delayMs);
    this.#slots.holdBack(delayMs, marginMs);
  }

  /** The moment is looked at again after each sleep: a timer may fire a little early. */
  async #sleepUntil(momentMs: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      const waitMs = momentMs - this.#clock.monotonicMs();
      if (waitMs <= 0) return;
      await this.#clock.sleep(waitMs, signal);
    }
  }
}

class PacedPermit implements Permit {
  readonly #steps: PermitSteps;
  #ended = false;

  constructor(steps: PermitSteps) {
    this.#steps = steps;
  }

  due(): Promise<boolean> {
    return this.#steps.due();
  }

  use(): boolean {
    if (this.#ended) throw new Error('A permit is used once.');
    const used = this.#steps.use();
    if (used) this.#end();
    return used;
  }

  giveBack(): void {
    if (this.#ended) return;
    this.#steps.giveBack();
    this.#end();
  }

  #end(): void {
    this.#ended = true;
    this.#steps.ended();
  }
}

interface PermitSteps {
  readonly due: () => Promise<boolean>;
  readonly use: () => boolean;
  readonly giveBack: () => void;
  readonly ended: () => void;
}
