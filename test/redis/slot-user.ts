import { PacedPermits, systemClock } from '@parley/sender';
import type { SlotClock, SlotPace } from '@parley/sender';

export interface SlotUse {
  /** When it left, on this process's monotonic clock. */
  readonly atMs: number;
  readonly by: number;
}

/** Uses slots of one clock as the sender does, one after the other and each as soon as it may, until the signal fires. */
export async function useSlots(slots: SlotClock, options: SlotUseOptions): Promise<void> {
  const { pace, uses, by, signal, confirms = true } = options;
  const { limitPerSecond, marginMs } = pace;
  const margin = { ms: marginMs, answered: () => undefined, throttled: () => undefined };
  const asked = confirms ? slots : withoutConfirming(slots);
  const permits = new PacedPermits({ clock: systemClock, slots: asked, limitPerSecond, margin });
  const isOver = (): boolean => signal.aborted;
  while (!isOver()) {
    try {
      const permit = await permits.reserve(signal);
      if (!(await permit.due()) || !permit.use()) permit.giveBack();
      else uses.push({ atMs: performance.now(), by });
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
  /** Without, nothing is asked between a slot's reservation and its use: a way that takes long makes nobody late. */
  readonly confirms?: boolean;
}

function withoutConfirming(slots: SlotClock): SlotClock {
  return {
    reserve: (pace, signal) => slots.reserve(pace, signal),
    confirm: () => Promise.resolve(true),
    push: (lateMs) => slots.push(lateMs),
    holdBack: (delayMs, marginMs) => slots.holdBack(delayMs, marginMs),
  };
}
