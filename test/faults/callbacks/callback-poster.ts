import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '@parley/testing';
import { bodyOf } from './status-callback.ts';
import type { StatusCallback } from './status-callback.ts';

const ANSWER_TIMEOUT_MS = 10_000;

export interface PosterOptions {
  /** Where callbacks go: each attempt to the next of them, as behind a load balancer that does not look. */
  readonly urls: readonly string[];
  readonly token: string;
  /** Moments of the repetitions, after the first attempt; see retrySchedule. */
  readonly retriesAfterMs: readonly number[];
}

/** One POST. Moments are milliseconds of the machine's monotonic clock. */
export interface Attempt {
  /** Index of the URL. */
  readonly target: number;
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  /** Undefined when no answer came. */
  readonly status: number | undefined;
}

export interface Delivery {
  readonly callback: StatusCallback;
  readonly attempts: readonly Attempt[];
  /** Answered with 2xx. */
  readonly wasTaken: boolean;
}

/** The provider's side of the callbacks: posts each until it is answered with 2xx, or the schedule is at its end. */
export class CallbackPoster {
  /** What was begun, oldest first. */
  readonly deliveries: Delivery[] = [];
  readonly #options: PosterOptions;
  #attempts = 0;
  #taken = Promise.withResolvers<number>();

  constructor(options: PosterOptions) {
    this.#options = options;
  }

  /** Resolves in the moment in which the next callback is answered with 2xx. @returns index of the URL that took it */
  nextTaken(): Promise<number> {
    return this.#taken.promise;
  }

  /** Never rejects. A repetition whose moment passes while an attempt still waits for its answer is made after it. */
  async deliver(callback: StatusCallback): Promise<Delivery> {
    const attempts: Attempt[] = [];
    const delivery = { callback, attempts, wasTaken: false };
    this.deliveries.push(delivery);
    const body = bodyOf(callback);
    const firstAtMs = monotonicMs();
    for (const afterMs of [0, ...this.#options.retriesAfterMs]) {
      await sleep(Math.max(0, firstAtMs + afterMs - monotonicMs()));
      const attempt = await this.#attempt(body);
      attempts.push(attempt);
      delivery.wasTaken = attempt.status !== undefined && attempt.status >= 200 && attempt.status < 300;
      if (!delivery.wasTaken) continue;
      this.#taken.resolve(attempt.target);
      this.#taken = Promise.withResolvers();
      break;
    }
    return delivery;
  }

  async #attempt(body: string): Promise<Attempt> {
    const { urls, token } = this.#options;
    const target = this.#attempts++ % urls.length;
    const beganAtMs = monotonicMs();
    const status = await postCallback(urls[target] ?? '', { body, token }).catch(() => undefined);
    return { target, beganAtMs, endedAtMs: monotonicMs(), status };
  }
}

/** One POST over a connection that stays open. @returns the status of the answer; rejects when there is none */
export async function postCallback(
  url: string,
  { body, token }: { readonly body: string; readonly token: string },
): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  await response.arrayBuffer();
  return response.status;
}
