import { failureCode } from '@parley/sender';
import type { Clock } from '@parley/sender';
import type { DeliveryStore, NewsClaim, StatusNews } from './delivery-store.ts';
import { InProcessDeliveryStore } from './in-process-delivery-store.ts';
import type { IntakeEvent } from './intake-event.ts';
import { LateSettles } from './late-settles.ts';

export interface ForgivingDeliveriesOptions {
  readonly deliveries: DeliveryStore;
  readonly clock: Clock;
  readonly onEvent: (event: IntakeEvent) => void;
}

/**
 * A delivery store whose failures do not stop the telling: a status is worth more twice than never. The event says so
 * each time.
 *
 * What this process tells it also remembers by itself, and asks that first. So a repetition that comes to the same
 * process is dropped even while the store is away, and also when it was away as the first copy was told: of the last 50,000
 * messages. What the store could not settle it is told again when it answers the next question.
 */
export class ForgivingDeliveries implements Omit<DeliveryStore, 'find'> {
  readonly #shared: DeliveryStore;
  readonly #own: InProcessDeliveryStore;
  readonly #late: LateSettles;
  readonly #onEvent: (event: IntakeEvent) => void;
  #answers = true;

  constructor({ deliveries, clock, onEvent }: ForgivingDeliveriesOptions) {
    this.#shared = deliveries;
    this.#own = new InProcessDeliveryStore({ clock, ttlMs: OWN_TTL_MS, maxMessages: OWN_MAX_MESSAGES });
    this.#late = new LateSettles({ store: deliveries, maxNews: MAX_LATE_NEWS });
    this.#onEvent = onEvent;
  }

  /** False when the store failed the last time it was asked. */
  get answers(): boolean {
    return this.#answers;
  }

  async keysOf(account: string, wamids: readonly string[]): Promise<readonly (string | undefined)[]> {
    if (wamids.length === 0) return [];
    try {
      const keys = await this.#shared.keysOf(account, wamids);
      this.#answered();
      return keys;
    } catch (error) {
      this.#failed(account, 'find', error);
      return this.#own.keysOf(account, wamids);
    }
  }

  async claim(
    account: string,
    news: readonly StatusNews[],
    options: { readonly holder: string; readonly leaseMs: number },
  ): Promise<readonly NewsClaim[]> {
    const claims = await this.#own.claim(account, news, options);
    const asked = news.filter((_, index) => claims[index] === 'ours');
    if (asked.length === 0) return claims;
    try {
      const answers = await this.#shared.claim(account, asked, options);
      this.#answered();
      const answered = (claim: NewsClaim) => asked.filter((_, index) => answers[index] === claim);
      await this.#own.settle(account, answered('told'));
      await this.#own.release(account, answered('elsewhere'), options);
      const left = answers.values();
      return claims.map((claim) => (claim === 'ours' ? (left.next().value ?? claim) : claim));
    } catch (error) {
      this.#failed(account, 'claim', error);
      return claims;
    }
  }

  async settle(account: string, news: readonly StatusNews[]): Promise<void> {
    if (news.length === 0) return;
    await this.#own.settle(account, news);
    try {
      await this.#shared.settle(account, news);
      this.#answered();
    } catch (error) {
      this.#late.add(account, news);
      this.#failed(account, 'settle', error);
    }
  }

  async release(
    account: string,
    news: readonly StatusNews[],
    options: { readonly holder: string },
  ): Promise<void> {
    if (news.length === 0) return;
    await this.#own.release(account, news, options);
    await this.#shared
      .release(account, news, options)
      .catch((error: unknown) => this.#failed(account, 'release', error));
  }

  #answered(): void {
    this.#answers = true;
    void this.#late.settle();
  }

  #failed(account: string, step: 'claim' | 'find' | 'settle' | 'release', error: unknown): void {
    this.#answers = false;
    this.#onEvent({ kind: 'store-failed', account, step, code: failureCode(error) });
  }
}

/** The provider repeats a callback for an hour. */
const OWN_TTL_MS = 2 * 60 * 60 * 1_000;
/** About 1.8 kB each, with three statuses. At 1,000 messages per second these are the last 50 seconds. */
const OWN_MAX_MESSAGES = 50_000;
const MAX_LATE_NEWS = 10_000;
