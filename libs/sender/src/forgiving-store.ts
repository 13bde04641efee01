import type { SenderEvent } from './events.ts';
import { failureCode } from './failure-code.ts';
import type { Claim, ClaimRequest, End, MessageStore } from './message-store.ts';
import type { Settlement } from './outcome.ts';

/**
 * A message store whose failures do not stop the sending: a message goes out although its id may have been used, and an
 * end is told although it may be forgotten. The event says so each time.
 */
export class ForgivingStore {
  readonly #store: MessageStore;
  readonly #account: string;
  readonly #onEvent: (event: SenderEvent) => void;

  constructor(store: MessageStore, account: string, onEvent: (event: SenderEvent) => void) {
    this.#store = store;
    this.#account = account;
    this.#onEvent = onEvent;
  }

  async claim(requests: readonly ClaimRequest[]): Promise<readonly Claim[]> {
    if (requests.length === 0) return [];
    try {
      return await this.#store.claim(requests);
    } catch (error) {
      this.#failed('claim', requests.length, error);
      return requests.map(() => ({ kind: 'claimed', maybeSent: false }));
    }
  }

  async settle(ends: readonly End[]): Promise<readonly (Settlement | undefined)[]> {
    if (ends.length === 0) return [];
    try {
      return await this.#store.settle(ends);
    } catch (error) {
      this.#failed('settle', ends.length, error);
      return ends.map(() => undefined);
    }
  }

  async release(requests: readonly ClaimRequest[]): Promise<void> {
    if (requests.length === 0) return;
    await this.#store.release(requests).catch((error: unknown) => {
      this.#failed('release', requests.length, error);
    });
  }

  async abandon(requests: readonly ClaimRequest[]): Promise<void> {
    if (requests.length === 0) return;
    await this.#store.abandon(requests).catch((error: unknown) => {
      this.#failed('abandon', requests.length, error);
    });
  }

  #failed(step: 'claim' | 'settle' | 'release' | 'abandon', messages: number, error: unknown): void {
    this.#onEvent({ kind: 'store-failed', account: this.#account, step, messages, code: failureCode(error) });
  }
}
