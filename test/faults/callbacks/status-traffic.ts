import type { CallbackPoster } from './callback-poster.ts';
import type { StatusCallback } from './status-callback.ts';

/**
 * The statuses of many messages, each recipient's one after the other: the next only once the one before was taken, and
 * then soon, so that what overtakes shows.
 */
export class StatusTraffic {
  /** Callbacks that should have been posted when every recipient still waited for the one before. */
  heldUp = 0;
  readonly #poster: CallbackPoster;
  /** Who has something to come and nothing on its way; last the one whose callback was taken last. */
  readonly #idle: StatusCallback[][];

  /** @param messages in the order of each recipient */
  constructor(poster: CallbackPoster, messages: readonly SentText[]) {
    this.#poster = poster;
    const recipients = new Map<string, StatusCallback[]>();
    for (const [index, { key, phoneNumber }] of messages.entries()) {
      const statuses = index % ONE_FAILED_IN === 0 ? FAILED : READ;
      const callbacks = recipients.get(phoneNumber) ?? [];
      callbacks.push(...statuses.map((status) => ({ key, status, phoneNumber })));
      recipients.set(phoneNumber, callbacks);
    }
    this.#idle = [...recipients.values()];
  }

  /** Resolves when one more callback was taken, or given up: then nothing more comes to its recipient. */
  async postNext(): Promise<void> {
    const pending = this.#idle.pop();
    const callback = pending?.shift();
    if (!pending || !callback) {
      this.heldUp += 1;
      return;
    }
    const { wasTaken } = await this.#poster.deliver(callback);
    if (wasTaken && pending.length > 0) this.#idle.push(pending);
  }
}

/** A message that the provider took. */
export interface SentText {
  readonly key: string;
  readonly phoneNumber: string;
}

const READ = ['sent', 'delivered', 'read'] as const;
const FAILED = ['sent', 'failed'] as const;
const ONE_FAILED_IN = 10;
