import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_LATE_MS } from '@parley/sender';
import type { SlotClock, SlotPace } from '@parley/sender';

/** Lateness that the margin covers. */
const TOLERATED_LATE_MS = 2;

export interface SlotUse {
  /** When it left, on this process's monotonic clock. */
  readonly atMs: number;
  readonly by: number;
}

/**
 * Uses slots of one clock, one at a time, until the signal fires: leaves when each is due and tells how late that was,
 * as the sender does.
 */
export async function useSlots(slots: SlotClock, { pace, uses, by, signal }: SlotUseOptions): Promise<void> {
  const isOver = (): boolean => signal.aborted;
  while (!isOver()) {
    try {
      const slot = await slots.reserve(pace, signal);
      // A timer may fire a little early.
      while (slot.dueMs > performance.now()) {
        await sleep(slot.dueMs - performance.now(), undefined, { signal });
      }
      const atMs = performance.now();
      if (atMs - slot.dueMs > MAX_LATE_MS) continue;
      if (atMs - slot.dueMs > TOLERATED_LATE_MS) slots.push(atMs - slot.dueMs - TOLERATED_LATE_MS);
      uses.push({ atMs, by });
    } catch (error) {
      if (!isOver()) throw error;
    }
  }
}

export interface SlotUseOptions {
  readonly pace: SlotPace;
  /** Where each use is noted. */
  readonly uses: SlotUse[];
  readonly by: number;
  readonly signal: AbortSignal;
}

/** The most that any sliding second holds. */
export function worstSecond(uses: readonly SlotUse[]): number {
  const moments = uses.map(({ atMs }) => atMs).toSorted((a, b) => a - b);
  let worst = 0;
  let first = 0;
  for (const [index, atMs] of moments.entries()) {
    while (atMs - (moments[first] ?? atMs) >= 1_000) first += 1;
    worst = Math.max(worst, index - first + 1);
  }
  return worst;
}
