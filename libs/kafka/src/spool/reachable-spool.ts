import { within } from '../deadline.ts';
import type { SpoolEvent } from './spool-event.ts';
import type { Spool } from './spool.ts';

export interface ReachableSpoolOptions {
  readonly spool: Spool;
  readonly onEvent: (event: SpoolEvent) => void;
}

/** A spool whose calls have a deadline, and which tells when it goes away and comes back. */
export class ReachableSpool {
  readonly #options: ReachableSpoolOptions;
  #isAway = false;

  constructor(options: ReachableSpoolOptions) {
    this.#options = options;
  }

  /** Whether the last call has failed. */
  get isAway(): boolean {
    return this.#isAway;
  }

  /** The answer, or `away`; then the call may have taken effect or not. */
  async ask<T>(call: (spool: Spool) => Promise<T>): Promise<T | 'away'> {
    const { spool, onEvent } = this.#options;
    try {
      const answer = await within(call(spool), { timeoutMs: CALL_TIMEOUT_MS, what: 'Asking the spool' });
      if (this.#isAway) onEvent({ type: 'spool-back' });
      this.#isAway = false;
      return answer;
    } catch (error) {
      const message = error instanceof Error ? error.message : 'not an error';
      if (!this.#isAway) onEvent({ type: 'spool-away', message });
      this.#isAway = true;
      return 'away';
    }
  }
}

/**
 * A spool gives up by itself, and earlier: one in Redis after 3.5 s, of which an append may wait 2.5 s for a busy disk. Given
 * up sooner, an append that was kept would count as none, and its records be written twice.
 */
const CALL_TIMEOUT_MS = 4_000;
