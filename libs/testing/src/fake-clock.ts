import { setImmediate } from 'node:timers/promises';
import type { Clock } from '@parley/sender';

/** A clock that stands still until it is advanced; what sleeps on it wakes in order. */
export class FakeClock implements Clock {
  /** What the wall clock shows at the beginning, with all jumps since. */
  #startMs: number;
  #elapsedMs = 0;
  #sleepers: Sleeper[] = [];

  constructor(startMs = Date.UTC(2030, 0, 1)) {
    this.#startMs = startMs;
  }

  now(): number {
    return this.#startMs + this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  /** Sets the wall clock by so much, as somebody sets a clock: no time passes, and nobody who sleeps is woken. */
  jump(ms: number): void {
    this.#startMs += ms;
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const wakeMs = this.#elapsedMs + Math.max(SHORTEST_SLEEP_MS, delayMs);
    const sleeper: Sleeper = { wakeMs, wake: resolve };
    const giveUp = () => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
      reject(signal?.reason as Error);
    };
    this.#sleepers.push(sleeper);
    signal?.addEventListener('abort', giveUp, { once: true });
    // A signal that outlives many sleeps must not collect their listeners.
    return promise.finally(() => signal?.removeEventListener('abort', giveUp));
  }

  /** Moves time on, waking each sleeper at its moment and letting what follows from it happen first. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#elapsedMs + ms;
    await flush();
    for (;;) {
      const next = this.#sleepers
        .filter(({ wakeMs }) => wakeMs <= endMs)
        .sort((a, b) => a.wakeMs - b.wakeMs)[0];
      if (!next) break;
      this.#elapsedMs = Math.max(this.#elapsedMs, next.wakeMs);
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      next.wake();
      await flush();
    }
    this.#elapsedMs = endMs;
    await flush();
  }
}

/** Like a real timer's, so that waiting for a rounding error to pass comes to an end. */
const SHORTEST_SLEEP_MS = 1e-6;

interface Sleeper {
  readonly wakeMs: number;
  readonly wake: () => void;
}

async function flush(): Promise<void> {
  await setImmediate();
}
