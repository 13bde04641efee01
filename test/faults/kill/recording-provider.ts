import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** One request as the provider saw it. */
export interface Arrival {
  /** When its head was seen, on the machine's monotonic clock. */
  readonly atMs: number;
  /** It arrived after this moment: two milliseconds before it was seen, more when the provider was kept from looking. */
  readonly notBeforeMs: number;
  /** The process that sent it, by its user agent. */
  readonly from: string;
  /** Bodies of its messages, in order. */
  readonly bodies: readonly string[];
  /** Whether the connection died before the answer was out. */
  readonly wasCut: boolean;
}

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
    const answer = once(this.#worker, 'message');
    this.#worker.postMessage('arrivals');
    const [arrivals] = (await answer) as [readonly Arrival[]];
    return arrivals;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
