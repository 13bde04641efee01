import type { Clock } from './clock.ts';
import { MAX_AHEAD_MS } from './slot-clock.ts';
import type { Slot, SlotClock, SlotPace } from './slot-clock.ts';

/** Slots of one process, on its monotonic clock. */
export class LocalSlotClock implements SlotClock {
  readonly #clock: Clock;
  /** The last slot handed out, moved by every push. */
  #lastMs = -Infinity;
  #notBeforeMs = -Infinity;
  #heldBackAtMs = -Infinity;

  constructor(options: { clock: Clock }) {
    this.#clock = options.clock;
  }

  async reserve({ limitPerSecond, marginMs }: SlotPace, signal: AbortSignal): Promise<Slot> {
    const intervalMs = (1000 + marginMs) / limitPerSecond;
    for (;;) {
      signal.throwIfAborted();
      const nowMs = this.#clock.monotonicMs();
      const dueMs = Math.max(nowMs, this.#lastMs + intervalMs, this.#notBeforeMs);
      const earlyMs = dueMs - nowMs - MAX_AHEAD_MS;
      if (earlyMs <= 0) {
        this.#lastMs = dueMs;
        return { dueMs, reservedMs: nowMs };
      }
      await this.#clock.sleep(earlyMs, signal);
    }
  }

  confirm({ reservedMs }: Slot): Promise<boolean> {
    return Promise.resolve(reservedMs > this.#heldBackAtMs);
  }

  push(lateMs: number): void {
    this.#lastMs += lateMs;
  }

  holdBack(delayMs: number): void {
    this.#heldBackAtMs = this.#clock.monotonicMs();
    this.#notBeforeMs = Math.max(this.#notBeforeMs, this.#heldBackAtMs + delayMs);
  }
}
