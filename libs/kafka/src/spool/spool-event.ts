import type { BusErrorCode } from '../bus-error.ts';

/** What happens to records that do not go straight to the bus, for logs and metrics: counts and codes, no contents. */
export type SpoolEvent =
  | {
      readonly type: 'spooling-began';
      /** Why the bus did not take them; absent when another process, or an earlier one, began. */
      readonly code?: BusErrorCode;
    }
  | { readonly type: 'records-spooled'; readonly count: number }
  | { readonly type: 'records-drained'; readonly count: number }
  /** Nothing waits any more. */
  | { readonly type: 'spooling-ended' }
  /** What waits stays where it is and is tried again. `topic` is that of the oldest record that was not taken. */
  | { readonly type: 'drain-failed'; readonly code: BusErrorCode; readonly topic: string }
  /** Records go straight to the bus, and are lost to their caller when that is away too. */
  | { readonly type: 'spool-away'; readonly message: string }
  | { readonly type: 'spool-back' }
  /** These records are refused: as many wait as may. */
  | { readonly type: 'spool-full'; readonly count: number }
  /** The bus finds a waiting record too large; one without its value goes in its place. */
  | { readonly type: 'spooled-value-omitted'; readonly topic: string; readonly bytes: number };
