import { setTimeout as sleep } from 'node:timers/promises';
import type { CallbackPoster } from '../callbacks/callback-poster.ts';
import type { StatusCallback } from '../callbacks/status-callback.ts';
import type { Arrival } from './moody-provider.ts';

/** From the request until the provider tells the first status: sometimes before the answer is there. */
const FIRST_AFTER_MS = 150;
/** Every so many messages are read too. */
const READ_ONE_IN = 2;

/** The statuses of everything that the provider took, each recipient's one after the other. */
export class StatusPosts {
  readonly #poster: CallbackPoster;
  readonly #last = new Map<string, Promise<unknown>>();
  #messages = 0;

  constructor(poster: CallbackPoster) {
    this.#poster = poster;
  }

  /** Never rejects. */
  take({ keys, phoneNumbers }: Arrival): void {
    for (const [index, key] of keys.entries()) {
      const phoneNumber = phoneNumbers[index] ?? '';
      const statuses: StatusCallback['status'][] = ['sent', 'delivered'];
      if (this.#messages++ % READ_ONE_IN === 0) statuses.push('read');
      const before = this.#last.get(phoneNumber) ?? sleep(FIRST_AFTER_MS);
      this.#last.set(
        phoneNumber,
        before.then(async () => {
          for (const status of statuses) await this.#poster.deliver({ key, status, phoneNumber });
        }),
      );
    }
  }

  /** Resolves when each was taken or given up. */
  async done(): Promise<void> {
    await Promise.all(this.#last.values());
  }
}
