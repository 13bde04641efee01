import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Noticed } from '../kill/noticed.ts';

/** What the provider does to a request, one mood at a time. */
export const ILL_MOODS = [
  'loses answers',
  'refuses connections',
  'answers slowly',
  'answers garbage',
  '401',
  '403',
  '429',
  '500',
  '502',
  '503',
  '504',
] as const;

export type Mood = (typeof ILL_MOODS)[number] | 'well';

/** One request as the provider saw it, from its head on. */
export interface Arrival extends Noticed {
  readonly mood: Mood;
  /** The process that sent it, by its user agent. */
  readonly from: string;
  /** Of its messages, in order. */
  readonly bodies: readonly string[];
  readonly phoneNumbers: readonly string[];
  /** One for each message when the provider took them, whatever the sender learned of it; else none. */
  readonly keys: readonly string[];
}

/** To its thread. */
export interface Order {
  readonly mood: Mood;
}

/** From its thread. */
export interface Told {
  readonly arrival: Arrival;
}

export interface MoodyProviderOptions {
  /** Between a request and its answer. */
  readonly latencyMs: number;
  readonly seed: number;
}

/** The provider's send endpoint, on a thread of its own: what keeps the test busy must not change its clock. */
export class MoodyProvider {
  /** Oldest first; nothing is ever taken away. */
  readonly arrivals: Arrival[] = [];
  readonly url: string;
  readonly #worker: Worker;

  static async listen(options: MoodyProviderOptions): Promise<MoodyProvider> {
    const worker = new Worker(new URL('./provider-thread.ts', import.meta.url), {
      workerData: options,
      execArgv: ['--conditions=@parley/source'],
    });
    const [port] = (await once(worker, 'message')) as [number];
    return new MoodyProvider(worker, port);
  }

  private constructor(worker: Worker, port: number) {
    this.#worker = worker;
    this.url = `http://127.0.0.1:${port}`;
    this.onArrival((arrival) => this.arrivals.push(arrival));
  }

  /** Told of each request as soon as it was read to its end. */
  onArrival(listener: (arrival: Arrival) => void): void {
    this.#worker.on('message', ({ arrival }: Told) => listener(arrival));
  }

  turn(mood: Mood): void {
    this.#worker.postMessage({ mood } satisfies Order);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
