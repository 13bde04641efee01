import { Worker } from 'node:worker_threads';
import { monotonicMs } from '@parley/testing';

/** How far back it knows. */
const SECONDS = 600;

/**
 * Watches how prompt this machine is, in a thread of its own that wants little of it and often: where that is kept
 * waiting, by processes of the same priority or by another machine on the same hardware, so is whatever is tested.
 * Processes of a lower priority do not count: they give way.
 */
export class Witness {
  readonly #worstMs = new Float64Array(new SharedArrayBuffer(SECONDS * Float64Array.BYTES_PER_ELEMENT));
  readonly #thread: Worker;
  readonly #sinceS = Math.ceil(monotonicMs() / 1_000);

  constructor() {
    this.#thread = new Worker(new URL('./witness-thread.ts', import.meta.url), {
      workerData: this.#worstMs.buffer,
      execArgv: ['--conditions=@parley/source'],
    });
    this.#thread.unref();
  }

  /** By how much it was late at worst in the middle one of the last seconds, `seconds` of them at most. */
  typicalMs(seconds: number): number {
    const nowS = Math.floor(monotonicMs() / 1_000);
    const late = this.#between(nowS - seconds, nowS - 1).sort((one, other) => one - other);
    return late[Math.floor(late.length / 2)] ?? 0;
  }

  /** By how much it was late at worst within a second of that moment of the monotonic clock. */
  worstMsAround(momentMs: number): number {
    const second = Math.floor(momentMs / 1_000);
    return Math.max(0, ...this.#between(second - 1, second + 1));
  }

  async stop(): Promise<void> {
    await this.#thread.terminate();
  }

  #between(fromS: number, toS: number): number[] {
    const first = Math.max(fromS, this.#sinceS);
    return Array.from({ length: Math.max(0, toS - first + 1) }, (_, index) => {
      return this.#worstMs[(first + index) % SECONDS] ?? 0;
    });
  }
}
