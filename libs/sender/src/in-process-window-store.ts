import type { WindowObservation, WindowSeen, WindowStore } from './window-store.ts';

/**
 * Remembers in this process alone: at its end nothing is known of any window, nor does another replica know.
 *
 * At most `maxRemembered` numbers are kept, over all accounts; those of which nothing was told for the longest time are
 * forgotten first.
 */
export class InProcessWindowStore implements WindowStore {
  readonly #maxRemembered: number;
  readonly #windows = new Map<string, WindowSeen>();

  constructor(options: { maxRemembered: number }) {
    this.#maxRemembered = options.maxRemembered;
  }

  find(account: string, phoneNumbers: readonly string[]): Promise<readonly (WindowSeen | undefined)[]> {
    return Promise.resolve(phoneNumbers.map((phoneNumber) => this.#windows.get(idOf(account, phoneNumber))));
  }

  observe(account: string, observations: readonly WindowObservation[]): Promise<void> {
    for (const observation of observations) {
      const id = idOf(account, observation.phoneNumber);
      const window = latestOf(this.#windows.get(id) ?? {}, observation);
      // Re-inserted at the end, so that the first one is the one that was told of the longest time ago.
      this.#windows.delete(id);
      this.#windows.set(id, window);
      const [oldest] = this.#windows.keys();
      if (this.#windows.size > this.#maxRemembered && oldest !== undefined) this.#windows.delete(oldest);
    }
    return Promise.resolve();
  }
}

function latestOf(known: WindowSeen, told: WindowSeen): WindowSeen {
  const inboundMs = Math.max(known.inboundMs ?? -Infinity, told.inboundMs ?? -Infinity);
  const closedMs = Math.max(known.closedMs ?? -Infinity, told.closedMs ?? -Infinity);
  return { ...(inboundMs > -Infinity && { inboundMs }), ...(closedMs > -Infinity && { closedMs }) };
}

function idOf(account: string, phoneNumber: string): string {
  return JSON.stringify([account, phoneNumber]);
}
