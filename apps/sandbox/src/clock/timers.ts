/**
 * A set of waits that end together. Once ended, it lets nobody wait any more: whatever works through a sequence of
 * waits comes to its end there, even if it was busy elsewhere at that moment.
 */
export class Timers {
  readonly #waiting = new Map<NodeJS.Timeout, (elapsed: boolean) => void>();
  #ended = false;

  /** @returns true after the time, false as soon as the timers have ended */
  sleep(delayMs: number): Promise<boolean> {
    if (this.#ended) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(timer);
        resolve(true);
      }, delayMs);
      this.#waiting.set(timer, resolve);
    });
  }

  end(): void {
    this.#ended = true;
    for (const [timer, resolve] of this.#waiting) {
      clearTimeout(timer);
      resolve(false);
    }
    this.#waiting.clear();
  }
}
