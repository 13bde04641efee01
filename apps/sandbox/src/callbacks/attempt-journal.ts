import { Injectable } from '@nestjs/common';
import type { CallbackName } from './callback.ts';

/** One post of one callback, and how it was answered. */
export interface CallbackAttempt {
  readonly event: CallbackName;
  readonly key?: string;
  /** 1 is the first; up to 10 retries follow. */
  readonly attempt: number;
  readonly time: Date;
  readonly durationMs: number;
  /** The HTTP status; left out when there was no answer. */
  readonly status?: number;
  /** Why there was no answer. */
  readonly error?: string;
}

/** The attempts made, up to {@link MAX_ATTEMPTS}; then the oldest makes room. */
@Injectable()
export class AttemptJournal {
  readonly #attempts: CallbackAttempt[] = [];

  add(attempt: CallbackAttempt): void {
    this.#attempts.push(attempt);
    if (this.#attempts.length > MAX_ATTEMPTS) this.#attempts.shift();
  }

  /** The newest, in the order they were made. */
  latest({ key, limit }: { readonly key?: string; readonly limit: number }): readonly CallbackAttempt[] {
    return this.#attempts.filter((attempt) => key === undefined || attempt.key === key).slice(-limit);
  }

  clear(): void {
    this.#attempts.length = 0;
  }
}

export const MAX_ATTEMPTS = 10_000;
