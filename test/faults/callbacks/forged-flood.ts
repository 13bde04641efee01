import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const STOP_TIMEOUT_MS = 10_000;

export interface FloodOptions {
  readonly url: string;
  /** Tokens that are presented in turn; the empty one is presented by leaving the header out. */
  readonly tokens: readonly string[];
  readonly body: string;
  /** At most; fewer when the gateway, or this machine, does not give as many. */
  readonly perSecond: number;
  /** One request at a time on each. */
  readonly connections: number;
}

/** How many answers came, by their status. */
export type FloodAnswers = Readonly<Record<string, number>>;

/** Requests of somebody who guesses, as fast as may be, from a thread of its own. */
export class ForgedFlood {
  readonly #worker: Worker;

  /** Begins at once. */
  constructor(options: FloodOptions) {
    this.#worker = new Worker(new URL('./flood.ts', import.meta.url), { workerData: options });
  }

  /** Ends it. @returns what was answered so far */
  async stop(): Promise<FloodAnswers> {
    const told = once(this.#worker, 'message', { signal: AbortSignal.timeout(STOP_TIMEOUT_MS) });
    this.#worker.postMessage('stop');
    try {
      const [answers] = (await told) as [FloodAnswers];
      return answers;
    } finally {
      await this.#worker.terminate();
    }
  }
}
