import type { CallbackPoster } from '../callbacks/callback-poster.ts';
import type { TakenMessage } from './accepting.ts';

const STATUSES = ['sent', 'delivered', 'read'] as const;
/** So that the callbacks do not outgrow everything else. */
const ONE_MESSAGE_IN = 3;

/** Posts the statuses of some of the messages that the provider took: those of one recipient one after the other. */
export class TakenStatuses {
  readonly #poster: CallbackPoster;
  readonly #last = new Map<string, Promise<unknown>>();
  #messages = 0;

  constructor(poster: CallbackPoster) {
    this.#poster = poster;
  }

  post(message: TakenMessage): void {
    const { phoneNumber } = message;
    if (this.#messages++ % ONE_MESSAGE_IN > 0) return;
    for (const status of STATUSES) {
      const before = this.#last.get(phoneNumber) ?? Promise.resolve();
      this.#last.set(
        phoneNumber,
        before.then(() => this.#poster.deliver({ ...message, status })),
      );
    }
  }

  /** Resolves when each that was to be posted by now was taken, or given up. */
  async posted(): Promise<void> {
    await Promise.all(this.#last.values());
  }
}
