import { on, once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Noticed } from './noticed.ts';

const ANSWER_TIMEOUT_MS = 10_000;

/** One request as the provider saw it, from its head on. */
export interface Arrival extends Noticed {
  /** The process that sent it, by its user agent. */
  readonly from: string;
  /** Bodies of its messages, in order. */
  readonly bodies: readonly string[];
  /** Whether the connection died before the answer was out. */
  readonly wasCut: boolean;
}

/** What its thread says: that a request has arrived, of whom; and, each time it is asked by any message, all that have. */
export type Told =
  | { readonly kind: 'arrived'; readonly from: string }
  | { readonly kind: 'arrivals'; readonly arrivals: readonly Arrival[] };

/** The provider's send endpoint, on a thread of its own: what keeps the test busy must not change its clock. */
export class RecordingProvider {
  readonly url: string;
  readonly #worker: Worker;

  static async listen(options: { readonly latencyMs: number }): Promise<RecordingProvider> {
    const worker = new Worker(new URL('./provider.ts', import.meta.url), {
      workerData: options,
      execArgv: ['--conditions=@parley/source'],
    });
    const [port] = (await once(worker, 'message')) as [number];
    return new RecordingProvider(worker, port);
  }

  private constructor(worker: Worker, port: number) {
    this.#worker = worker;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Everything that arrived so far, oldest first. */
  async arrivals(): Promise<readonly Arrival[]> {
    const told = this.#told(ANSWER_TIMEOUT_MS);
    this.#worker.postMessage('arrivals');
    for await (const [fact] of told) if (fact.kind === 'arrivals') return fact.arrivals;
    throw new Error('the provider is gone');
  }

  /**
   * Resolves when a request has been read to its end: it stays without an answer for the latency.
   *
   * @param from the process that must have sent it, by its user agent @default any
   * @throws AbortError after `timeoutMs`
   */
  async nextArrival({
    timeoutMs,
    from,
  }: {
    readonly timeoutMs: number;
    readonly from?: string;
  }): Promise<void> {
    for await (const [fact] of this.#told(timeoutMs)) {
      if (fact.kind === 'arrived' && (from === undefined || fact.from === from)) return;
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  /** Everything that its thread says from now on. */
  #told(timeoutMs: number): AsyncIterable<[Told]> {
    return on(this.#worker, 'message', { signal: AbortSignal.timeout(timeoutMs) }) as AsyncIterable<[Told]>;
  }
}
