import type { SenderEvent } from './events.ts';
import type { Claim, MessageStore } from './message-store.ts';
import type { OutboundMessage } from './message.ts';
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

  async claim(messages: readonly OutboundMessage[]): Promise<readonly Claim[]> {
    if (messages.length === 0) return [];
    try {
      return await this.#store.claim(messages);
    } catch (error) {
      this.#failed(messages.length, error);
      return messages.map(() => ({ kind: 'claimed' }));
    }
  }

  async settle(ends: readonly { message: OutboundMessage; settlement: Settlement }[]): Promise<void> {
    if (ends.length === 0) return;
    await this.#store.settle(ends).catch((error: unknown) => this.#failed(ends.length, error));
  }

  async release(messages: readonly OutboundMessage[]): Promise<void> {
    if (messages.length === 0) return;
    await this.#store.release(messages).catch((error: unknown) => this.#failed(messages.length, error));
  }

  #failed(messages: number, error: unknown): void {
    this.#onEvent({ kind: 'store-failed', account: this.#account, messages, error });
  }
}
