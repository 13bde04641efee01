import type { ReceivedMessage } from './received-message.ts';

/** Lets others wait until so many texts have come in, of all or of those that match. */
export class Arrivals {
  readonly #waits = new Set<Wait>();

  /** To be called for every text as it comes. */
  note(message: ReceivedMessage): void {
    for (const wait of this.#waits) {
      if (wait.matches(message)) wait.missing -= 1;
      if (wait.missing <= 0) this.#settle(wait, true);
    }
  }

  /**
   * @returns false when they have not come within the time, or when {@link MAX_WAITS} wait already
   */
  wait(missing: number, matches: (message: ReceivedMessage) => boolean, timeoutMs: number): Promise<boolean> {
    if (missing <= 0) return Promise.resolve(true);
    if (this.#waits.size >= MAX_WAITS) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#settle(wait, false), timeoutMs);
      const wait: Wait = { missing, matches, timer, resolve };
      this.#waits.add(wait);
    });
  }

  /** Nobody waits any more. */
  end(): void {
    for (const wait of this.#waits) this.#settle(wait, false);
  }

  #settle(wait: Wait, reached: boolean): void {
    clearTimeout(wait.timer);
    this.#waits.delete(wait);
    wait.resolve(reached);
  }
}

const MAX_WAITS = 100;

interface Wait {
  missing: number;
  readonly matches: (message: ReceivedMessage) => boolean;
  readonly timer: NodeJS.Timeout;
  readonly resolve: (reached: boolean) => void;
}
