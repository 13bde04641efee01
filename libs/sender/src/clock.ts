import { setTimeout as delay } from 'node:timers/promises';

/** Time as the sender sees it; tests bring their own. */
export interface Clock {
  /** Wall clock in milliseconds since 1970, for moments that callers name. May jump. */
  now(): number;

  /** Milliseconds on a clock that never jumps, for pacing and for everything that is waited for. */
  monotonicMs(): number;

  /** Resolves after `delayMs` on the monotonic clock. Rejects with the signal's reason when that fires first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** A timer's longest delay; longer sleeps wake up and are slept again by those who wait for a moment. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (delayMs, signal) => {
    await delay(Math.min(Math.max(0, delayMs), MAX_TIMER_MS), undefined, signal ? { signal } : {});
  },
};
