import type { DeliveryStore, StatusNews } from './delivery-store.ts';

export interface LateSettlesOptions {
  readonly store: Pick<DeliveryStore, 'settle'>;
  /** News that wait at one time; beyond it the oldest are given up. */
  readonly maxNews: number;
}

/** News that were told while a store was away, and that it is yet to remember. */
export class LateSettles {
  readonly #options: LateSettlesOptions;
  /** In the order they were told. */
  #waiting: LateNews[] = [];
  #isSettling = false;

  constructor(options: LateSettlesOptions) {
    this.#options = options;
  }

  add(account: string, news: readonly StatusNews[]): void {
    for (const each of news) this.#waiting.push({ account, news: each });
    this.#waiting.splice(0, this.#waiting.length - this.#options.maxNews);
  }

  /** Settles them one call after the other, as long as the store takes them. Never rejects. */
  async settle(): Promise<void> {
    if (this.#isSettling) return;
    this.#isSettling = true;
    for (let isTaken = true; isTaken && this.#waiting.length > 0;) isTaken = await this.#settleSome();
    this.#isSettling = false;
  }

  async #settleSome(): Promise<boolean> {
    const account = this.#waiting[0]?.account ?? '';
    const some = new Set(this.#waiting.filter((each) => each.account === account).slice(0, MAX_PER_CALL));
    const isTaken = await this.#options.store
      .settle(
        account,
        [...some].map(({ news }) => news),
      )
      .then(
        () => true,
        () => false,
      );
    const others = this.#waiting.filter((each) => !some.has(each));
    // What a store refuses for itself must not keep the others from it.
    this.#waiting = isTaken ? others : [...others, ...this.#waiting.filter((each) => some.has(each))];
    return isTaken;
  }
}

/** What stores take in one round trip. */
const MAX_PER_CALL = 1_000;

interface LateNews {
  readonly account: string;
  readonly news: StatusNews;
}
