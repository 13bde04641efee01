/**
 * Where the moments come from at which an account's requests may leave: evenly paced slots (GCRA with a burst of one),
 * shared by everybody who asks the same clock. Between two slots lie (1 s + margin) / limit.
 *
 * Evenly, because bursts cost nothing to forgo: what waits rides in the next request.
 */
export interface SlotClock {
  /**
   * Reserves the next slot. A slot is handed out at most {@link MAX_AHEAD_MS} before it comes due, so that whoever
   * moves the clock moves all but those few. Rejects with the signal's reason when that fires first.
   */
  reserve(pace: SlotPace, signal: AbortSignal): Promise<Slot>;

  /** Whether a slot that was reserved a while ago may still be used: nobody was told to hold back since. */
  confirm(slot: Slot, signal: AbortSignal): Promise<boolean>;

  /** Somebody left `lateMs` after his slot: every slot reserved from now on comes that much later. */
  push(lateMs: number): void;

  /**
   * The provider asked everybody to wait: no slot comes due for `delayMs`, and slots reserved before are not confirmed.
   * With `marginMs`, the margin of all who share the clock is at least that for a while.
   */
  holdBack(delayMs: number, marginMs?: number): void;
}

export interface SlotPace {
  readonly limitPerSecond: number;
  /** Distance kept from the limit, in milliseconds of each second, for what timers and networks add or take. */
  readonly marginMs: number;
}

export interface Slot {
  /** When it comes due, on this process's monotonic clock. */
  readonly dueMs: number;
  /** When it was handed out, on the same clock. */
  readonly reservedMs: number;
}

/**
 * Half a second. Together with {@link MAX_LATE_MS} it makes the limit exact: whoever leaves late has pushed the clock
 * before the slot a whole second later is handed out, however many share the clock and however low the limit is.
 */
export const MAX_AHEAD_MS = 500;

/** Whoever misses his slot by more may not use it, and reserves another. */
export const MAX_LATE_MS = 250;
