/**
 * Runs a task when it is wanted: one run at a time, and so long after the one before that a flood of wishes costs a few
 * runs. Wishes that come in the meantime are met by one more run.
 */
export class PacedTask {
  readonly #run: (signal: AbortSignal) => Promise<void>;
  readonly #intervalMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: AbortController | undefined;
  #isWanted = false;
  #startedMs = -Infinity;

  /** @param intervalMs from the start of a run to the next one's, at least */
  constructor(run: (signal: AbortSignal) => Promise<void>, intervalMs: number) {
    this.#run = run;
    this.#intervalMs = intervalMs;
  }

  request(): void {
    this.#isWanted = true;
    if (this.#running !== undefined || this.#timer !== undefined) return;
    const waitMs = Math.max(0, this.#startedMs + this.#intervalMs - performance.now());
    this.#timer = setTimeout(() => void this.#start(), waitMs);
  }

  /** Drops what is running and asks anew at once: what it was for has changed. */
  restart(): void {
    this.cancel();
    this.#startedMs = -Infinity;
    this.request();
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running?.abort();
    this.#running = undefined;
    this.#isWanted = false;
  }

  async #start(): Promise<void> {
    this.#timer = undefined;
    this.#isWanted = false;
    this.#startedMs = performance.now();
    const running = new AbortController();
    this.#running = running;
    try {
      await this.#run(running.signal);
    } finally {
      if (this.#running === running) {
        this.#running = undefined;
        if (this.#wanted()) this.request();
      }
    }
  }

  // A method, because the compiler takes the field for unchanged across the wait.
  #wanted(): boolean {
    return this.#isWanted;
  }
}
