import { on, once } from 'node:events';
import { Worker } from 'node:worker_threads';

const ANSWER_TIMEOUT_MS = 10_000;

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

/** What its thread is asked, and answers once for each time. */
export type Question = 'arrivals' | 'next-arrival';
export type Answer =
  | { readonly question: 'arrivals'; readonly arrivals: readonly Arrival[] }
  | { readonly question: 'next-arrival' };

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
    const answer = await this.#ask('arrivals', { timeoutMs: ANSWER_TIMEOUT_MS });
    return answer.question === 'arrivals' ? answer.arrivals : [];
  }

  /** Resolves when a request has been read to its end: it stays without an answer for the latency. */
  async nextArrival(options: { readonly timeoutMs: number }): Promise<void> {
    await this.#ask('next-arrival', options);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  async #ask(question: Question, { timeoutMs }: { readonly timeoutMs: number }): Promise<Answer> {
    const answers = on(this.#worker, 'message', { signal: AbortSignal.timeout(timeoutMs) });
    this.#worker.postMessage(question);
    for await (const [answer] of answers as AsyncIterable<[Answer]>) {
      if (answer.question === question) return answer;
    }
    throw new Error('the provider is gone');
  }
}
